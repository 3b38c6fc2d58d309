// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

extension ExchangeScript {
    static let removeHead = #"""
        <#
        .SYNOPSIS
        Removes from Exchange Server what the set-up script of ceralacca exchange-script made, and nothing else.
        .DESCRIPTION
        Run it in the Exchange Management Shell, first with -WhatIf. An object goes when its name begins as that script
        names things and its comment says that it was made by it, also when its account is no longer configured.
        Before the Send connector goes, enable another: mail to the Internet has no way out without one.
        What stays, since it was changed and not made: the organisation's size limits, TNEFEnabled of the remote
        domain, exceptions of your own transport rules, and settings and Send As of contacts that were there before.
        #>
        [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'High')]
        param()
        Set-StrictMode -Version 1
        $ErrorActionPreference = 'Stop'
        $PSDefaultParameterValues = @{ '*:ErrorAction' = 'Stop' }
        """#

    static let removeBody = "\(removalSteps)\n\n\(rulesRemoved)\n\(onPremisesRemoved)"

    private static let onPremisesRemoved = #"""
        foreach ($Connector in @(Get-SendConnector | Where-Object { Test-Own $_.Name $_.Comment })) {
            Step $Connector.Name 'remove the Send connector' {
                Remove-SendConnector -Identity "$($Connector.Identity)" -Confirm:$false
            }
        }
        foreach ($Connector in @(Get-ReceiveConnector | Where-Object { Test-Own $_.Name $_.Comment })) {
            Step "$($Connector.Identity)" 'remove the Receive connector' {
                Remove-ReceiveConnector -Identity "$($Connector.Identity)" -Confirm:$false
            }
        }
        \#(ExchangeIdentities.onPremises.removed)
        $Transport = Get-TransportConfig
        Write-Output ("Left as they are: MaxSendSize $($Transport.MaxSendSize), MaxReceiveSize " +
            "$($Transport.MaxReceiveSize), remote domains, and rules that were not made by the set-up script.")
        if ($Failed -gt 0) {
            Write-Warning "$Failed object(s) were not removed: see above."
            exit 1
        }
        """#
}
