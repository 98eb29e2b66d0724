/** Examples for the commands whose help text has none. */
export const commandExamples: Readonly<Record<string, readonly string[]>> = {
  watch: ['cardlift watch cards-0a1b2c3d', 'cardlift watch 1234/cards --out results'],
  status: ['cardlift status cards-0a1b2c3d', 'cardlift status 1234/cards --json'],
  list: ['cardlift list', 'cardlift list --json'],
  pause: ['cardlift pause cards-0a1b2c3d'],
  resume: ['cardlift resume cards-0a1b2c3d'],
  cancel: ['cardlift cancel cards-0a1b2c3d'],
  worker: ['cardlift worker', 'cardlift worker --live'],
  up: ['cardlift up'],
  validate: ['cardlift validate cards.csv --amount 1 --currency JPY'],
  approve: ['cardlift approve cards-0a1b2c3d'],
  'set-rate': ['cardlift set-rate cards-0a1b2c3d 5'],
  'set-concurrency': [
    'cardlift set-concurrency cards-0a1b2c3d 50',
    'cardlift set-concurrency cards-0a1b2c3d auto',
  ],
  'set-tolerance': ['cardlift set-tolerance cards-0a1b2c3d 30'],
  redrive: ['cardlift redrive cards-0a1b2c3d'],
  resolve: ['cardlift resolve cards-0a1b2c3d unresolved.csv'],
};
