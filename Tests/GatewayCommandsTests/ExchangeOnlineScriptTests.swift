// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import GatewayCommands

struct ExchangeOnlineScriptTests {
    private static let cases = ExchangeOnlineWorld.cases

    @Test(arguments: cases.indices)
    func `every script of every configuration is PowerShell, and calls what the plain one calls`(_ index: Int) throws {
        let plain = try Self.cases[0].plan
        let plan = try Self.cases[index].plan
        for kind in ExchangeOnlineScript.allCases {
            let reading = try ExchangeWorld.read(kind.text(plan))
            #expect(reading.status == 0, "\(Self.cases[index].name) \(kind): \(reading.output)")
            #expect(reading.commands.count > 5)
            #expect(reading.commands == (try ExchangeWorld.read(kind.text(plain)).commands))
        }
    }

    @Test func `the set-up calls what Exchange Online has, and nothing that on-premises alone has`() throws {
        let commands = try ExchangeWorld.read(ExchangeOnlineScript.setUp.text(try Self.cases[0].plan)).commands
        let wanted: Set = [
            "New-MailContact", "Set-MailContact", "Set-Contact", "Add-RecipientPermission", "New-OutboundConnector",
            "Set-OutboundConnector", "New-InboundConnector", "Set-InboundConnector", "Set-Mailbox", "Set-RemoteDomain",
            "New-TransportRule", "Set-TransportRule",
        ]
        #expect(wanted.isSubset(of: commands), "\(wanted.subtracting(commands))")
        for kind in ExchangeOnlineScript.allCases {
            let all = try ExchangeWorld.read(kind.text(try Self.cases[0].plan)).commands
            let foreign = all.filter {
                $0.contains("SendConnector") || $0.contains("ReceiveConnector") || $0.contains("ADPermission")
                    || $0.contains("TransportService") || $0.contains("TransportConfig")
            }
            #expect(foreign.isEmpty, "\(foreign)")
        }
    }

    @Test func `the checker calls nothing that changes Exchange`() throws {
        let reading = try ExchangeWorld.read(ExchangeOnlineScript.check.text(try Self.cases[0].plan))
        let harmless: Set = [
            "Compare-Size", "Compare-Value", "ForEach-Object", "New-Object", "Set-StrictMode", "Sort-Object",
            "Test-Own", "Where-Object", "Write-Verbose", "Write-Warning",
        ]
        let others = reading.commands.subtracting(harmless).filter { !$0.hasPrefix("Get-") }
        #expect(others.isEmpty, "\(others)")
        #expect(
            reading.commands.isSuperset(of: ["Get-InboundConnector", "Get-RecipientPermission", "Get-AcceptedDomain"])
        )
    }

    @Test(arguments: [ExchangeOnlineScript.setUp, .remove])
    func `whatever changes Exchange is asked of WhatIf first`(_ kind: ExchangeOnlineScript) throws {
        let lines = kind.text(try Self.cases[0].plan).components(separatedBy: "\r\n")
        let (unasked, found) = ExchangeWorld.changesWithoutStep(lines)
        #expect(unasked.isEmpty, "\(unasked)")
        #expect(found >= (kind == .setUp ? 16 : 4))
        #expect(lines.contains { $0.contains("SupportsShouldProcess = $true") })
    }

    @Test func `the removal takes what carries the mark, contacts before the rules that carry their mail`() throws {
        let script = ExchangeOnlineScript.remove.text(try Self.cases[0].plan)
        #expect(script.contains("$Plan.Mark") && script.contains("$Plan.Prefix"))
        #expect(!script.contains("$Plan.Contacts") && !script.contains("$Plan.Rules"))
        for kind in ["TransportRule", "EachOutboundConnector", "InboundConnector"] {
            #expect(script.contains(try Regex("Get-\(kind) \\| Where-Object \\{ Test-Own ")))
        }
        let contacts = try #require(script.range(of: "Remove-MailContact"))
        let rules = try #require(script.range(of: "Remove-TransportRule"))
        let connectors = try #require(script.range(of: "Remove-OutboundConnector"))
        #expect(contacts.lowerBound < rules.lowerBound && rules.lowerBound < connectors.lowerBound)
    }

    @Test func `what is not proved is marked`() throws {
        let script = ExchangeOnlineScript.setUp.text(try Self.cases[0].plan)
        #expect(script.components(separatedBy: "NOT PROVED").count > 7)
    }
}
