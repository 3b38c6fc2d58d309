// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

extension ProviderPreset {
    /// Why there is no preset for the address's domain although its provider is known; nil when nothing is known of it.
    public static func reasonForNone(for address: AddrSpec) -> String? { withoutPreset[address.domain.lowercased()] }

    /// Domains of certified mail without preset, each with the reason. The first ones are confirmed by the name constraints of AgID CA1 (2025).
    public static let withoutPreset: [String: String] = {
        let unknown = [
            "Sogei": ["pec.fatturapa.it", "pcert.sogei.it"], "Cedacri": ["postacert.cedacri.it"],
            "IN.TE.S.A.": ["trustedmail.intesa.it", "cert.intesa.it"], "Fastweb": ["fastweb-pec.it"],
            "Zucchetti": ["zucchettipec.it"], "TWT": ["twtcert.it"], "IRIDEOS": ["certmail.irideos.it"],
            "Ancitel": ["pec.ancitel.it"],
            "ACI Informatica": ["cert.informatica.aci.it", "pupec.informatica.aci.it"],
            "Regione Marche": ["emarche.it"], "InnovaPuglia": ["pec.rupar.puglia.it"],
            "Università di Napoli Federico II": ["gestorepec.unina.it"], "Notartel": ["pec.notartel.it"],
            "ReeVo": ["pec.reevo.eu"],
        ]
        var reasons = [
            "postacertificata.gov.it": "CEC-PAC (PostaCertificat@) was closed on 18 September 2015",
            "postacert.vodafone.it": "Vodafone is not among AgID's providers of 2025: the service seems to be closed",
        ]
        for (provider, domains) in unknown {
            for domain in domains {
                reasons[domain] = "the servers of \(provider) are not publicly known: ask for their names"
            }
        }
        return reasons
    }()
}
