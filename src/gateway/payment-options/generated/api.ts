/* Generated from api/generate-token.openapi.yaml by `npm run generate`; changes here are lost. */
export interface paths {
    "/api/v1/server-to-server-interface/payment": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["generatetoken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: never;
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    generatetoken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description 決済取引を処理するためのリクエストペイロード。 */
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description 取引の金額。
                     * @example 1000
                     */
                    amount: string;
                    /**
                     * @description 処理通貨の略語（例: JPY）。
                     * @example JPY
                     */
                    currency: string;
                    /** @description カードの詳細を含むJSONオブジェクト。 */
                    card: {
                        /**
                         * @description カードのセキュリティコード（通常3桁、AMEXは4桁）。
                         * @example 100
                         */
                        cvc?: string;
                        /**
                         * @description カードの有効期限（月）（例: 12 = 12月）。
                         * @example 12
                         */
                        expiry_month?: string;
                        /**
                         * @description カードの有効期限の年（例：29 または 2029 年）。
                         * @example 29
                         */
                        expiry_year?: string;
                        /**
                         * @description カード名義人の名前。
                         * @example John Doe
                         */
                        name?: string;
                        /**
                         * @description カード番号。
                         * @example 4000000000001091
                         */
                        number?: string;
                    };
                    /** @description 決済方法を含むJSONオブジェクト。 */
                    payment_method: {
                        /**
                         * @description 決済方法の種類（例: 'scheme'）。
                         * @example scheme
                         */
                        type?: string;
                        /**
                         * @description 決済方法を保存する場合はTrue、保存しない場合はFalse（トークン化用）。
                         * @example true
                         */
                        store_payment_method?: boolean;
                    };
                    /**
                     * @description 加盟店取引参照ID。
                     * @example qwe
                     */
                    merchant_txn_ref?: string;
                    /**
                     * @description カード所有者のIPアドレス。
                     * @example 127.0.0.1
                     */
                    customer_ip?: string;
                    /**
                     * @description 加盟店ID（DASMID）。
                     * @example < Merchant ID >
                     */
                    merchant_id: string;
                    /** @description リターンURLを含むJSONオブジェクト。（このフィールドは3DS取引に必須）。 */
                    return_url?: {
                        /**
                         * @description Webhook URLリンク。
                         * @example < Webhook url >
                         */
                        webhook_url?: string;
                        /**
                         * @description 支払い成功後のリダイレクトURL。
                         * @example http://www.successurl.com/
                         */
                        success_url?: string;
                        /**
                         * @description 支払い失敗後のリダイレクトURL。
                         * @example http://www.declineurl.com/
                         */
                        decline_url?: string;
                    };
                    /** @description カード所有者の請求先住所を含むJSONオブジェクト。 */
                    billing_address: {
                        /**
                         * @description カード所有者の請求先国コード。
                         * @example JP
                         */
                        country?: string;
                        /**
                         * @description カード所有者の請求先メールアドレス。
                         * @example billing@testemail.com
                         */
                        email?: string;
                        /**
                         * @description カード所有者の請求先電話番号。
                         * @example 8112345678
                         */
                        phone_number?: string;
                        /**
                         * @description カード所有者の請求先住所。
                         * @example 1-2-3 Shinjuku
                         */
                        address1?: string;
                        /**
                         * @description カード所有者の請求先市区町村。
                         * @example Shinjuku-ku
                         */
                        city?: string;
                        /**
                         * @description カード所有者の請求先都道府県。
                         * @example Tokyo
                         */
                        state?: string;
                        /**
                         * @description カード所有者の請求先郵便番号。
                         * @example 1600022
                         */
                        postal_code?: string;
                    };
                    /** @description カード所有者の配送先住所を含むJSONオブジェクト（オプション）。 */
                    shipping_address?: {
                        /**
                         * @description カード所有者の配送先国コード。
                         * @example JP
                         */
                        country?: string;
                        /**
                         * @description カード所有者の配送先メールアドレス。
                         * @example shipping@testemail.com
                         */
                        email?: string;
                        /**
                         * @description カード所有者の配送先電話番号。
                         * @example 8112345678
                         */
                        phone_number?: string;
                        /**
                         * @description カード所有者の配送先住所。
                         * @example 1-2-3 Shinjuku
                         */
                        address1?: string;
                        /**
                         * @description カード所有者の配送先市区町村。
                         * @example Shinjuku-ku
                         */
                        city?: string;
                        /**
                         * @description カード所有者の配送先都道府県。
                         * @example Tokyo
                         */
                        state?: string;
                        /**
                         * @description カード所有者の配送先郵便番号。
                         * @example 1600022
                         */
                        postal_code?: string;
                    };
                    /**
                     * @description 取引の国のタイムゾーン。
                     * @example Asia/Kuala_Lumpur
                     */
                    time_zone?: string;
                };
            };
        };
        responses: {
            /** @description 支払いが正常に処理されました。 */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * @description 取引が成功した場合はtrue、失敗した場合はfalse。
                         * @example true
                         */
                        success?: boolean;
                        /**
                         * @description 取引のステータスコード。
                         * @example 201
                         */
                        status_code?: number;
                        /**
                         * @description 本番環境の取引の場合はtrue、テスト取引の場合はfalse。
                         * @example false
                         */
                        is_live?: boolean;
                        /**
                         * @description 取引の種類（例：CAPTURE）。
                         * @example CAPTURE
                         */
                        transaction_type?: string;
                        /** @description ゲートウェイからのレスポンスを含むJSONオブジェクト。 */
                        gateway_response?: {
                            /**
                             * @description ゲートウェイのバージョン。
                             * @example 1
                             */
                            version?: string;
                            /**
                             * @description レスポンスの種類（例：INFO）。
                             * @example INFO
                             */
                            type?: string;
                            /**
                             * @description ゲートウェイからのメッセージレスポンス。
                             * @example Payment Successful.
                             */
                            message?: string;
                            /**
                             * @description レスポンスのメッセージコード。
                             * @example INFO0000
                             */
                            code?: string;
                        };
                        /** @description 加盟店の詳細情報を含むJSONオブジェクト。 */
                        merchant_details?: {
                            /**
                             * @description 加盟店の正式名称。
                             * @example アイベック株式会社
                             */
                            legal_name?: string;
                            /**
                             * @description 加盟店ID（DASMID）。
                             * @example < Merchant ID >
                             */
                            mid?: string;
                            /**
                             * @description 加盟店取引参照ID。
                             * @example qwe
                             */
                            merchant_txn_ref?: string;
                            /** @description 請求情報を含むJSONオブジェクト。 */
                            billing_details?: {
                                /** @description 請求先住所を含むJSONオブジェクト。 */
                                billing_address?: {
                                    /**
                                     * @description カード所有者の請求先国コード。
                                     * @example JP
                                     */
                                    country?: string;
                                    /**
                                     * @description カード所有者の請求先メールアドレス。
                                     * @example billing@testemail.com
                                     */
                                    email?: string;
                                    /**
                                     * @description カード所有者の請求先電話番号。
                                     * @example 8112345678
                                     */
                                    phone_number?: string;
                                    /**
                                     * @description カード所有者の請求先住所。
                                     * @example 1-2-3 Shinjuku
                                     */
                                    address1?: string;
                                    /**
                                     * @description カード所有者の請求先市区町村。
                                     * @example Shinjuku-ku
                                     */
                                    city?: string;
                                    /**
                                     * @description カード所有者の請求先都道府県。
                                     * @example Tokyo
                                     */
                                    state?: string;
                                    /**
                                     * @description カード所有者の請求先郵便番号。
                                     * @example 1600022
                                     */
                                    postal_code?: string;
                                };
                            };
                            /** @description デバイスの詳細情報を含むJSONオブジェクト。 */
                            device_details?: {
                                /**
                                 * @description 決済ページのIPアドレス。
                                 * @example 127.0.0.1
                                 */
                                visited_ip?: string;
                                /**
                                 * @description 加盟店のIPアドレスです。
                                 * @example 127.0.0.1
                                 */
                                merchant_ip?: string;
                                /**
                                 * @description カード所有者のIPアドレス。
                                 * @example 127.0.0.1
                                 */
                                customer_ip?: string;
                            };
                        };
                        /** @description 支払いの詳細情報を含むJSONオブジェクト。 */
                        payment_details?: {
                            /**
                             * @description 取引の金額値。
                             * @example 1000
                             */
                            amount?: number;
                            /**
                             * @description アクワイアラーのレスポンスコード。
                             * @example 0
                             */
                            response_code?: number;
                            /**
                             * @description アクワイアラーの認可コード。
                             * @example 268004
                             */
                            auth_code?: string;
                            /**
                             * @description 取引の通貨。
                             * @example JPY
                             */
                            currency?: string;
                            /**
                             * @description 支払いカードの種類（例: クレジットカード）。
                             * @example ECMC-SSL
                             */
                            payment_method?: string;
                            /**
                             * @description カードブランドのスキーム（例: マスターカード）。
                             * @example MASTERCARD
                             */
                            scheme?: string;
                            /** @description カードの詳細を含むJSONオブジェクト。 */
                            card?: {
                                /**
                                 * @description カード名義人の氏名。
                                 * @example John Doe
                                 */
                                name?: string;
                                /**
                                 * @description カード番号（マスキング済み）。
                                 * @example 4000000000001091
                                 */
                                number?: string;
                                /**
                                 * @description カードの有効期限（月）。
                                 * @example 12
                                 */
                                exp_month?: string;
                                /**
                                 * @description カードの有効期限（年）。
                                 * @example 29
                                 */
                                exp_year?: string;
                            };
                            /** @description 追加データを含むJSONオブジェクト。 */
                            additional_data?: {
                                /** @description 支払いデータソースを含むJSONオブジェクト。 */
                                payment_data_source?: {
                                    /**
                                     * @description 支払いデータソースの種類。
                                     * @example card
                                     */
                                    type?: string;
                                };
                            };
                        };
                        /** @description 取引の詳細を含むJSONオブジェクト。 */
                        transaction_details?: {
                            /**
                             * @description 取引ID。
                             * @example fc565b43-26f5-4906-92ae-d849edc3c3a1
                             */
                            id?: string;
                            /**
                             * @description 取引の認可コード。
                             * @example 74811
                             */
                            ref?: number;
                            /**
                             * @description 取引の日時。
                             * @example 2024-11-25T08:24:36.000Z
                             */
                            timestamp?: string;
                            /**
                             * @description 加盟店の取引参照ID。
                             * @example qwe
                             */
                            merchant_txn_ref?: string;
                            /**
                             * @description 保存済みの支払い方法ID（該当する場合）。
                             * @example 094db781-fabc-4c6d-8fcd-18bee06a527a
                             */
                            stored_payment_method_id?: string;
                        };
                        /** @description リスクの詳細を含むJSONオブジェクト。 */
                        "risk-details"?: {
                            /**
                             * @description リスクスコア（該当する場合）。
                             * @example null
                             */
                            risk_score?: string;
                        };
                    };
                };
            };
        };
    };
}
