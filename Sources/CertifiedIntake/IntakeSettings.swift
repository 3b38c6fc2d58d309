// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import CertifiedMail
public import CertifiedMailSignatures

/// Whose mail is examined, and whose signatures are believed.
public struct IntakeSettings: Sendable {
    /// What becomes of one account's receipts.
    public struct Account: Hashable, Sendable {
        /// True when believed receipts go to those who sent the message as well.
        public var tellsSenders: Bool
        /// True when believed receipts of acceptance wait for the daily digest.
        public var digestsAcceptances: Bool

        /// Each receipt by itself, to the account's recipients alone, unless told otherwise.
        public init(tellsSenders: Bool = false, digestsAcceptances: Bool = false) {
            self.tellsSenders = tellsSenders
            self.digestsAcceptances = digestsAcceptances
        }
    }

    /// The roots.
    public var anchors: TrustAnchors
    /// The domains of providers.
    public var providers: ProviderDomains
    /// The certified accounts, by their addresses in comparison form.
    public var accounts: [String: Account]

    /// Settings.
    public init(anchors: TrustAnchors, providers: ProviderDomains = .bundled, accounts: [String: Account]) {
        self.anchors = anchors
        self.providers = providers
        self.accounts = accounts
    }
}
