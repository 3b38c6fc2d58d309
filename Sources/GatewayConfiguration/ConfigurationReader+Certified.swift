// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import MailModel

extension ConfigurationReader {
    /// Reads `certified`.
    func readCertified(_ field: Field) -> CertifiedConfiguration {
        var certified = CertifiedConfiguration()
        guard var section = field.section("a mapping with trust, replace_anchors, provider_domains") else {
            return certified
        }
        let trust = section.field("trust")
        certified.trust = trust?.file(.certificate)
        let replace = section.field("replace_anchors")
        certified.replacesAnchors = replace?.boolean() ?? false
        let domains = section.field("provider_domains")?.list("a list of domains such as [pec.comune.it]")
        certified.providerDomains = domains?.compactMap { $0.domain() } ?? []
        section.finish()
        if certified.replacesAnchors, trust == nil {
            replace?.mistake("found replace_anchors: true without trust, expected the roots that stand in their place")
        }
        return certified
    }

    /// Reads `receipts` and `receipt_type` of an account.
    func readReceipts(_ section: inout Section, _ provider: ProviderConfiguration?) -> ReceiptConfiguration {
        var receipts = ReceiptConfiguration()
        let field = section.field("receipts")
        let typeField = section.field("receipt_type")
        receipts.type = typeField?.choice(ReceiptRequest.self)
        if var part = field?.section("a mapping such as {to_sender: true, acceptances: daily}") {
            receipts.toSender = part.field("to_sender")?.boolean() ?? false
            receipts.acceptances = part.field("acceptances")?.choice() ?? .each
            part.finish()
        }
        if let stray = field ?? typeField, let provider, !provider.isCertified {
            stray.warning("has no effect: \(provider.name) is not certified, and sends no receipts")
        }
        return receipts
    }
}
