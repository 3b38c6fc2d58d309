// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The PowerShell scripts for Exchange Online, made as those for Exchange on-premises are (`ExchangeScript`).
enum ExchangeOnlineScript: CaseIterable {
    /// Makes what lacks and brings to the plan what is there.
    case setUp
    /// Removes what `setUp` made.
    case remove
    /// Changes nothing and prints what differs.
    case check

    /// The script.
    func text(_ plan: ExchangeOnlinePlan) -> String {
        switch self {
        case .setUp: ExchangeScript.assemble(Self.setUpHead, plan.table, Self.setUpBody)
        case .remove: ExchangeScript.assemble(Self.removeHead, plan.table, Self.removeBody)
        case .check: ExchangeScript.assemble(Self.checkHead, plan.table, Self.checkBody)
        }
    }

    /// All of them speak to the organisation that the session is connected to.
    static let connected = #"""
        if (-not (Get-Command Get-OutboundConnector -ErrorAction SilentlyContinue)) {
            throw 'Connect first: Connect-ExchangeOnline (module ExchangeOnlineManagement).'
        }
        # Without the parameter those that belong to rules are not listed.
        function Get-EachOutboundConnector {
            Get-OutboundConnector -IsTransportRuleScoped $true
            Get-OutboundConnector -IsTransportRuleScoped $false
        }
        """#
}
