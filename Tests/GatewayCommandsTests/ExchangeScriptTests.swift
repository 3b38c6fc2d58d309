// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GatewayConfiguration
import MailModel
import Testing

@testable import GatewayCommands

struct ExchangeScriptTests {
    /// The grammar does not know that PowerShell takes typographic apostrophes for quotes; that all is ASCII it does check.
    @Test(arguments: ExchangeWorld.cases.indices)
    func `every script of every configuration is PowerShell, and calls what the plain one calls`(_ index: Int) throws {
        let plain = try ExchangeWorld.cases[0].plan
        let plan = try ExchangeWorld.cases[index].plan
        for kind in ExchangeScript.allCases {
            let reading = try ExchangeWorld.read(kind.text(plan))
            #expect(reading.status == 0, "\(ExchangeWorld.cases[index].name) \(kind): \(reading.output)")
            #expect(reading.commands.count > 5)
            #expect(reading.commands == (try ExchangeWorld.read(kind.text(plain)).commands))
        }
    }

    @Test(arguments: [
        "if ($Failed -gt 0) {": "if ($Failed -gt 0 {", "exit 1\r\n}": "exit 1\r\n", "'MaxSendSize',": "'MaxSendSize,",
        "$_.Name)\" }": "$_.Name) }",
    ])
    func `a script that lacks a piece is found out`(_ whole: String, _ broken: String) throws {
        let script = ExchangeScript.setUp.text(try ExchangeWorld.cases[0].plan)
        let place = try #require(script.range(of: whole))
        let reading = try ExchangeWorld.read(script.replacingCharacters(in: place, with: broken))
        #expect(reading.status == 1, "\(reading.output)")
    }

    @Test func `a script that is not ASCII is found out`() throws {
        #expect(try ExchangeWorld.read("Write-Output 'e'").status == 0)
        #expect(try ExchangeWorld.read("Write-Output 'è'").status == 1)
    }

    @Test func `the checker calls nothing that changes Exchange`() throws {
        let reading = try ExchangeWorld.read(ExchangeScript.check.text(try ExchangeWorld.cases[0].plan))
        let harmless: Set = [
            "Compare-Size", "Compare-Value", "ForEach-Object", "New-Object", "Set-StrictMode", "Sort-Object",
            "Test-Own",
            "Where-Object", "Write-Verbose", "Write-Warning",
        ]
        let others = reading.commands.subtracting(harmless).filter { !$0.hasPrefix("Get-") }
        #expect(others.isEmpty)
        #expect(reading.commands.contains("Get-SendConnector") && reading.commands.contains("Get-ADPermission"))
    }

    @Test(arguments: [ExchangeScript.setUp, .remove])
    func `whatever changes Exchange is asked of WhatIf first`(_ kind: ExchangeScript) throws {
        let lines = kind.text(try ExchangeWorld.cases[0].plan).components(separatedBy: "\r\n")
        let (unasked, found) = ExchangeWorld.changesWithoutStep(lines)
        #expect(unasked.isEmpty, "\(unasked)")
        #expect(found >= (kind == .setUp ? 16 : 4))
        #expect(lines.contains { $0.contains("SupportsShouldProcess = $true") })
    }

    @Test func `the removal takes what carries the mark, whatever the configuration has become`() throws {
        let script = ExchangeScript.remove.text(try ExchangeWorld.cases[0].plan)
        #expect(script.contains("$Plan.Mark") && script.contains("$Plan.Prefix"))
        #expect(!script.contains("$Plan.Contacts") && !script.contains("$Plan.Rules"))
        for kind in ["TransportRule", "SendConnector", "ReceiveConnector"] {
            #expect(script.contains(try Regex("Get-\(kind) \\| Where-Object \\{ Test-Own ")))
        }
        #expect(script.contains("if (-not (Test-Own $Contact.Name"))
    }
}
