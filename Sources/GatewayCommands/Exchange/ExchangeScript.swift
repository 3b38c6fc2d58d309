// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The PowerShell scripts for Exchange on-premises.
///
/// Each is a fixed body behind a table `$Plan`, in which alone the configuration's values stand, as literals; ASCII throughout, since Windows
/// PowerShell reads a file without byte order mark in the machine's code page. Lines end in CRLF.
enum ExchangeScript: CaseIterable {
    /// Makes what lacks and brings to the plan what is there.
    case setUp
    /// Removes what `setUp` made.
    case remove
    /// Changes nothing and prints what differs.
    case check

    /// The script.
    func text(_ plan: ExchangePlan) -> String { Self.assemble(head, plan.table, body) }

    /// A script of these pieces.
    static func assemble(_ head: String, _ plan: PowerShellValue, _ body: String) -> String {
        "\(head)\n$Plan = \(plan.source())\n\n\(common)\n\(body)\n".replacing("\n", with: "\r\n")
    }

    private var head: String {
        switch self {
        case .setUp: Self.setUpHead
        case .remove: Self.removeHead
        case .check: Self.checkHead
        }
    }

    private var body: String {
        switch self {
        case .setUp: Self.setUpBody
        case .remove: Self.removeBody
        case .check: Self.checkBody
        }
    }

    /// What all three need.
    private static let common = #"""
        function Test-Own($Name, $Comment) {
            "$Name".StartsWith($Plan.Prefix) -and "$Comment".Contains($Plan.Mark)
        }

        # Exchange prints a size as "36 MB (37,748,736 bytes)"; nothing comes back for Unlimited.
        function Get-Octets($Size) {
            if ("$Size" -match '\(([^)]*) bytes\)') { [long]($Matches[1] -replace '[^0-9]', '') }
        }

        function Get-ContactAddress($Contact) {
            "$($Contact.ExternalEmailAddress)" -replace '^smtp:', ''
        }
        """#
}
