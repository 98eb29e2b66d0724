/** The names, places and amounts of sample rows. All are invented or in general use. */
export interface SampleLocale {
  readonly currency: string;
  readonly amounts: readonly [string, ...string[]];
  readonly familyNames: readonly [string, ...string[]];
  readonly givenNames: readonly [string, ...string[]];
  readonly places: readonly [SamplePlace, ...SamplePlace[]];
  fullName(familyName: string, givenName: string): string;
  address1(street: string, number: number): string;
}

export interface SamplePlace {
  readonly country: string;
  readonly state: string;
  readonly city: string;
  readonly postalCode: string;
  readonly timeZone: string;
  /** A phone number without its last four digits. */
  readonly dialling: string;
  readonly streets: readonly [string, ...string[]];
}

export const westernLocale: SampleLocale = {
  currency: 'USD',
  amounts: ['1.00', '4.99', '9.90', '12.50', '25.00'],
  familyNames: [
    'Abbott',
    'Baker',
    'Castillo',
    'Dubois',
    "O'Neill",
    'Fischer',
    'Grant',
    'Novák',
    'Rossi',
    'Silva',
  ],
  givenNames: ['Ada', 'Ben', 'Chloé', 'Dana', 'Emil', 'Fatima', 'George', 'Hanna', 'Ivan', 'Joan'],
  places: [
    {
      country: 'US',
      state: 'NY',
      city: 'New York',
      postalCode: '10001',
      timeZone: 'America/New_York',
      dialling: '1212555',
      streets: ['Main Street', 'Elm Street', 'Second Avenue'],
    },
    {
      country: 'GB',
      state: 'England',
      city: 'London',
      postalCode: 'EC1A 1AA',
      timeZone: 'Europe/London',
      dialling: '442079460',
      streets: ['High Street', 'Mill Lane', 'Church Road, Flat 2'],
    },
    {
      country: 'SG',
      state: 'Singapore',
      city: 'Singapore',
      postalCode: '018956',
      timeZone: 'Asia/Singapore',
      dialling: '656123',
      streets: ['Bayfront Avenue', 'Orchard Road'],
    },
  ],
  fullName: (familyName, givenName) => `${givenName} ${familyName}`,
  address1: (street, number) => `${number} ${street}`,
};

export const japaneseLocale: SampleLocale = {
  currency: 'JPY',
  amounts: ['100', '500', '980', '1200', '3000'],
  familyNames: ['佐藤', '鈴木', '高橋', '田中', '伊藤', '渡辺', '山本', '中村', '小林', '髙﨑'],
  givenNames: ['愛', '健太', '美咲', '翔', '結衣', '大輔', '陽子', '誠', '恵子', '一郎'],
  places: [
    {
      country: 'JP',
      state: '東京都',
      city: '新宿区',
      postalCode: '1600022',
      timeZone: 'Asia/Tokyo',
      dialling: '813000',
      streets: ['新宿一丁目', '西新宿二丁目', '四谷三丁目'],
    },
    {
      country: 'JP',
      state: '大阪府',
      city: '大阪市北区',
      postalCode: '5300001',
      timeZone: 'Asia/Tokyo',
      dialling: '816000',
      streets: ['梅田一丁目', '中之島三丁目'],
    },
    {
      country: 'JP',
      state: '北海道',
      city: '札幌市中央区',
      postalCode: '0600042',
      timeZone: 'Asia/Tokyo',
      dialling: '811100',
      streets: ['大通西四丁目', '北一条西二丁目'],
    },
  ],
  fullName: (familyName, givenName) => `${familyName} ${givenName}`,
  address1: (street, number) => `${street}${number}番`,
};
