// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

extension ExchangeOnlineScript {
    static let removeHead = #"""
        <#
        .SYNOPSIS
        Removes from Exchange Online what the set-up script of ceralacca exchange-script --online made, and nothing else.
        .DESCRIPTION
        Connect with Connect-ExchangeOnline, then run it, first with -WhatIf. An object goes when its name begins as that
        script names things and its comment says that it was made by it, also when its account is no longer configured.
        Contacts that were there before keep their Send As: take it first, for without the rules such mail leaves as
        ordinary mail.
        What stays, since it was changed and not made: limits of mailboxes, TNEFEnabled of the remote domain, exceptions
        of your own transport rules, and settings and Send As of contacts that were there before.
        #>
        [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'High')]
        param()
        Set-StrictMode -Version 1
        $ErrorActionPreference = 'Stop'
        $PSDefaultParameterValues = @{ '*:ErrorAction' = 'Stop' }
        """#

    /// Contacts first: as what is not there nobody sends, so that no mail of theirs finds the way to the gateway gone.
    static let removeBody =
        "\(connected)\n\(ExchangeScript.removalSteps)\n\n\(ExchangeIdentities.online.removed)\n\(ExchangeScript.rulesRemoved)\n"
        + connectors

    private static let connectors = #"""
        foreach ($Connector in @(Get-EachOutboundConnector | Where-Object { Test-Own $_.Name $_.Comment })) {
            Step $Connector.Name 'remove the Outbound connector' {
                Remove-OutboundConnector -Identity "$($Connector.Identity)" -Confirm:$false
            }
        }
        foreach ($Connector in @(Get-InboundConnector | Where-Object { Test-Own $_.Name $_.Comment })) {
            Step $Connector.Name 'remove the Inbound connector' {
                Remove-InboundConnector -Identity "$($Connector.Identity)" -Confirm:$false
            }
        }
        Write-Output 'Left as they are: limits of mailboxes, remote domains, and rules that were not made by the set-up script.'
        if ($Failed -gt 0) {
            Write-Warning "$Failed object(s) were not removed: see above."
            exit 1
        }
        """#
}
