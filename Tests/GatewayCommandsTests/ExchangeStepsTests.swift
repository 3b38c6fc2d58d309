// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GatewayConfiguration
import Testing

@testable import GatewayCommands

/// What the steps of the set-up scripts do, and that they mend what the checkers report.
struct ExchangeStepsTests {
    /// The scripts of the plain configurations, with plain ends of lines.
    private struct Scripts {
        let setUp: String
        let check: String

        static var onPremises: Self {
            get throws {
                let plan = try ExchangeWorld.cases[0].plan
                return Self(setUp: ExchangeScript.setUp.text(plan), check: ExchangeScript.check.text(plan))
            }
        }

        static var online: Self {
            get throws {
                let plan = try ExchangeOnlineWorld.cases[0].plan
                return Self(setUp: ExchangeOnlineScript.setUp.text(plan), check: ExchangeOnlineScript.check.text(plan))
            }
        }

        private init(setUp: String, check: String) {
            self.setUp = setUp.replacing("\r\n", with: "\n")
            self.check = check.replacing("\r\n", with: "\n")
        }

        /// The settings of a hash table of the set-up, as they are written.
        func made(_ table: String) -> [String: String] {
            guard let start = setUp.firstRange(of: "$\(table) = @{\n") else { return [:] }
            let lines = setUp[start.upperBound...].prefix { $0 != "}" }
            let pairs = lines.matches(of: #/    (\w+) = ([^\n]+)\n/#).map { (String($0.1), String($0.2)) }
            return Dictionary(pairs) { first, _ in first }
        }

        /// The settings that the checker compares of an object, up to the next blank line.
        func compared(_ object: String) -> Set<String> {
            guard let start = check.firstRange(of: "$Object = \"\(object) ") else { return [] }
            let rest = check[start.upperBound...]
            let section = rest[..<(rest.firstRange(of: "\n\n")?.lowerBound ?? rest.endIndex)]
            let names = section.matches(of: #/Compare-(?:Value|Size) \$Object '([A-Za-z]+)' /#).map { String($0.1) }
            return Set(names).subtracting(["exists"])
        }
    }

    @Test func `on-premises the set-up calls what Exchange Server has, and nothing that Online alone has`() throws {
        let plan = try ExchangeWorld.cases[0].plan
        let commands = try ExchangeWorld.read(ExchangeScript.setUp.text(plan)).commands
        let wanted: Set = [
            "New-MailContact", "Set-MailContact", "Set-Contact", "Add-ADPermission", "New-SendConnector",
            "Set-SendConnector", "New-ReceiveConnector", "Set-ReceiveConnector", "Set-TransportConfig",
            "Set-RemoteDomain", "New-TransportRule", "Set-TransportRule", "Enable-TransportRule",
            "Remove-TransportRule",
        ]
        #expect(wanted.isSubset(of: commands), "\(wanted.subtracting(commands))")
        for kind in ExchangeScript.allCases {
            let foreign = try ExchangeWorld.read(kind.text(plan)).commands.filter {
                $0.contains("OutboundConnector") || $0.contains("InboundConnector")
                    || $0.contains("RecipientPermission")
            }
            #expect(foreign.isEmpty, "\(foreign)")
        }
    }

    @Test func `the connectors of Exchange Server are made for the gateway alone`() throws {
        let scripts = try Scripts.onPremises
        let sending = scripts.made("Sending")
        for (setting, value) in [
            "AddressSpaces": "$Plan.AddressSpaces", "DNSRoutingEnabled": "$false", "SmartHosts": "@($Plan.SmartHost)",
            "Port": "$Plan.Port", "MaxMessageSize": "$ConnectorSize", "Enabled": "$true", "Comment": "$Plan.Mark",
        ] {
            #expect(sending[setting] == value, "\(setting)")
        }
        let receiving = scripts.made("Receiving")
        for (setting, value) in [
            "RemoteIPRanges": "@($Plan.Gateway)", "PermissionGroups": "'AnonymousUsers'", "MaxHopCount": "60",
            "MaxMessageSize": "$ConnectorSize", "Enabled": "$true", "Comment": "$Plan.Mark",
        ] {
            #expect(receiving[setting] == value, "\(setting)")
        }
        #expect(scripts.setUp.contains("$ConnectorSize = \"$($Plan.ConnectorMB)MB\"\n"))
        #expect(scripts.setUp.contains("-TransportRole FrontendTransport -Custom"))
    }

    @Test func `on-premises two rights are given, and none to relay`() throws {
        let script = try Scripts.onPremises.setUp
        #expect(script.contains("Add-ADPermission -Identity $Identity -User $User -ExtendedRights 'Send As' "))
        #expect(
            script.contains(
                "Get-ReceiveConnector -Identity $Identity | Add-ADPermission -User $Anonymous `\n"
                    + "            -ExtendedRights 'ms-Exch-SMTP-Accept-Authoritative-Domain-Sender' "
            )
        )
        #expect(script.matches(of: #/-ExtendedRights/#).count == 2)
    }

    @Test func `what the checkers compare of a connector the set-up scripts set`() throws {
        for (scripts, object, table) in [
            (try Scripts.onPremises, "Send connector", "Sending"),
            (try Scripts.onPremises, "Receive connector", "Receiving"),
            (try Scripts.online, "Outbound connector", "Sending"),
            (try Scripts.online, "Inbound connector", "Receiving"),
        ] {
            let compared = scripts.compared(object)
            #expect(compared.count > 3 && compared.contains("Enabled"), "\(object): \(compared)")
            let made = Set(scripts.made(table).keys)
            // Enhanced filtering is set in a step of its own.
            let unset = compared.subtracting(made).filter { !scripts.setUp.contains(" -\($0) ") }
            #expect(unset.isEmpty, "\(object): \(unset)")
        }
    }

    @Test func `sizes are raised and never lowered, and winmail.dat is off for the remote domain * alone`() throws {
        let script = try Scripts.onPremises.setUp
        let raise = try #require(script.firstRange(of: "Set-TransportConfig @Wanted"))
        #expect(
            script[..<raise.lowerBound].contains(
                "if ($null -eq $Octets -or $Octets -ge $Plan.OrganizationMB * 1048576) { continue }"
            )
        )
        for script in [script, try Scripts.online.setUp] {
            let off = try #require(
                script.firstRange(of: "Set-RemoteDomain -Identity \"$($Remote.Identity)\" -TNEFEnabled $false")
            )
            #expect(script[..<off.lowerBound].contains("if (\"$($Remote.DomainName)\" -ne '*') { continue }"))
        }
    }

    @Test func `rules that are disabled are enabled, and those that are no longer planned go last`() throws {
        for script in [try Scripts.onPremises.setUp, try Scripts.online.setUp] {
            var rest = script[...]
            for step in [
                "foreach ($Rule in $Plan.Rules) {", "Set-TransportRule -Identity $Rule.Name @Parameters",
                "if (\"$($Present[0].State)\" -ne 'Enabled') {", "{ Enable-TransportRule -Identity $Rule.Name }",
                "Get-TransportRule | Where-Object { Test-Own $_.Name $_.Comments }",
                "$_.Name -eq $Rule.Name }).Count -gt 0) { continue }", "if ($Failed -gt $Before) {", "continue",
                "Remove-TransportRule -Identity \"$($Rule.Identity)\" -Confirm:$false",
            ] {
                let place = try #require(rest.firstRange(of: step), "\(step)")
                rest = rest[place.upperBound...]
            }
            #expect(script.matches(of: #/Remove-/#).count == 1)
        }
    }

    @Test func `every rule of the plan acts, and is not only tested`() throws {
        for script in [try Scripts.onPremises.setUp, try Scripts.online.setUp] {
            let rules = script.matches(of: #/Name = 'Ceralacca: /#).count
            #expect(rules > 0 && script.matches(of: #/Mode = 'Enforce'/#).count == rules)
        }
    }

    @Test func `disclaimers get an exception, and words in front of the subject are told alone`() throws {
        for scripts in [try Scripts.onPremises, try Scripts.online] {
            let except = try #require(
                scripts.setUp.firstRange(
                    of: "Set-TransportRule -Identity \"$($Rule.Identity)\" -ExceptIfHeaderContainsMessageHeader "
                        + "'X-Ceralacca-PEC' `\n            -ExceptIfHeaderContainsWords 'kind='"
                )
            )
            #expect(scripts.setUp[..<except.lowerBound].contains("Where-Object { $_.ApplyHtmlDisclaimerText })"))
            #expect(scripts.check.contains("-not $Rule.ApplyHtmlDisclaimerText) { continue }"))
            for script in [scripts.setUp, scripts.check] {
                let subject = try #require(script.firstRange(of: "Where-Object { $_.PrependSubject -and "))
                let rest = script[subject.upperBound...]
                let told = rest[..<(try #require(rest.firstRange(of: "\n}")).lowerBound)]
                #expect(told.contains("puts words in front of the subject"))
                #expect(!told.contains("Step ") && !told.contains("Compare-Value"))
                #expect(script.matches(of: #/PrependSubject/#).count == 1)
            }
        }
    }

    @Test(arguments: [
        (RecipientsConfiguration.none, "$false"), (.file("/etc/ceralacca/recipients"), "$false"), (.exchange, "$true"),
    ])
    func `recipient validation is wanted where the gateway asks Exchange for recipients, and nowhere else`(
        _ recipients: RecipientsConfiguration,
        _ wanted: String
    ) throws {
        let configuration = ExchangeWorld.configuration(domains: ["azienda.it", "altra.it"], recipients: recipients)
        let script = ExchangeScript.check.text(try ExchangePlan(configuration, .init())).replacing("\r\n", with: "\n")
        #expect(script.contains("\n    AsksForRecipients = \(wanted)\n"))
        #expect(script.contains("\n    Domains = @(\n        'azienda.it'\n        'altra.it'\n    )\n"))
        #expect(script.contains("'RecipientValidationEnabled on Mailbox servers' $Plan.AsksForRecipients `\n"))
        let domains = try #require(script.firstRange(of: "if ($Plan.AsksForRecipients) {\n"))
        #expect(script[domains.upperBound...].contains("'AddressBookEnabled' $true $Found.AddressBookEnabled"))
        #expect(!script[..<domains.lowerBound].contains("AddressBookEnabled"))
    }
}
