// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// The evidence in XML (ETSI EN 319 522-3, `EN319522v1.1.1`), in the shape of AgID's examples, without its own XAdES signature.
struct RegisteredEvidence {
    let notice: RegisteredNotice
    let provider: ProviderProfile
    /// SHA-256 of the original, in base 64.
    let digest: String

    private static let namespaces = [
        "xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"", "xmlns:ext=\"http://uri.etsi.org/19532/v1#\"",
        "xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"", "xmlns:tns=\"http://uri.etsi.org/19522/v1#\"",
        "version=\"EN319522v1.1.1\"",
    ]

    /// The document, UTF-8 with LF.
    var xml: String {
        let root = "<tns:Evidence \(Self.namespaces.joined(separator: " "))>"
        let lines =
            [#"<?xml version="1.0" encoding="UTF-8" standalone="no"?>"# + root] + head + parties + content + extensions
            + ["</tns:Evidence>"]
        return lines.joined(separator: "\n") + "\n"
    }

    private var head: [String] {
        [
            element("tns:EvidenceIdentifier", notice.evidenceIdentifier),
            element("tns:ERDSEventId", "http://uri.etsi.org/19522/Event/\(notice.event.rawValue)"),
            "<tns:EventReasons><tns:EventReason>",
            element("Code", "http://uri.etsi.org/19522/EventReason/\(notice.reason.rawValue)"),
            element("Details", notice.reason.code), element("Details", notice.words ?? notice.reason.words),
            "</tns:EventReason></tns:EventReasons>", element("EventTime", Self.time(notice.moment)),
            "<tns:EvidenceIssuerPolicyID>", element("PolicyID", "http://uri.etsi.org/19532/v1#/REMbaseline"),
            element("PolicyID", "https://eidas.agid.gov.it/REM/rem-policy-it#evidence-issuer-policy"),
            "</tns:EvidenceIssuerPolicyID>", "<tns:EvidenceIssuerDetails><tns:Identity>",
            "<saml:Attribute FriendlyName=\"LegalName\" Name=\"http://eidas.europa.eu/attributes/legalperson/LegalName\">",
            element("saml:AttributeValue", provider.name), "</saml:Attribute>",
            "</tns:Identity></tns:EvidenceIssuerDetails>",
        ]
    }

    private var parties: [String] {
        var lines = ["<tns:SenderDetails>", mailbox(notice.original.sender)]
        lines += [
            "<AssuranceLevelsDetails><GlobalAssuranceLevel>",
            element("AssuranceLevel", "http://eidas.europa.eu/LoA/substantial"), "</GlobalAssuranceLevel>",
            "<tns:AuthenticationDetails>", element("AuthenticationTime", Self.time(notice.original.moment)),
            "</tns:AuthenticationDetails></AssuranceLevelsDetails>", "</tns:SenderDetails>",
        ]
        for recipient in notice.original.recipients {
            lines += ["<tns:RecipientDetails>", mailbox(recipient.address), "</tns:RecipientDetails>"]
        }
        lines.append(element("tns:SubmissionTime", Self.time(notice.original.moment)))
        guard !notice.event.isAboutRelay else { return lines }
        return lines + notice.concerned.map { element("EvidenceRefersToRecipient", String($0 + 1)) }
    }

    private var content: [String] {
        let client = notice.original.clientMessageID.map { element("AppLayerIdentifier", $0) }
        return [element("tns:MessageIdentifier", notice.original.identifier), "<tns:UserContentInfo>"]
            + (client.map { [$0] } ?? [])
            + [
                "<ComposingParts>1</ComposingParts>", "<tns:PartsInfo><tns:PartInfo>",
                element("Identifier", "urn:oid:1.3.6.1.7"), element("ContentType", "message/rfc822"),
                "<ds:DigestMethod Algorithm=\"\(RegisteredComposer.digestAlgorithm)\"/>",
                element("ds:DigestValue", digest), "</tns:PartInfo></tns:PartsInfo>", "</tns:UserContentInfo>",
            ]
    }

    private var extensions: [String] {
        var lines = [
            "<tns:Extensions>", "<tns:Extension isCritical=\"false\"><ext:GeneralEvidenceInfo>",
            element("ext:Subject", notice.original.subject), "</ext:GeneralEvidenceInfo></tns:Extension>",
        ]
        if notice.event.isAboutRelay, !notice.concerned.isEmpty {
            lines.append("<tns:Extension isCritical=\"false\"><ext:RelayEvidenceInfo>")
            lines += notice.concerned.map { element("ext:RelayEvidenceRefersTo", String($0 + 1)) }
            lines.append("</ext:RelayEvidenceInfo></tns:Extension>")
        }
        return lines + ["</tns:Extensions>"]
    }

    private func mailbox(_ address: AddrSpec) -> String {
        "<Identifier IdentifierSchemeName=\"mailto\">\(CertificationData.escape(address.description))</Identifier>"
    }

    private func element(_ name: String, _ text: String) -> String {
        "<\(name)>\(CertificationData.escape(text))</\(name)>"
    }

    /// UTC to the second: `2026-11-23T10:00:00Z`.
    private static func time(_ moment: Timestamp) -> String { MailDate.formatISO8601(moment).prefix(19) + "Z" }
}
