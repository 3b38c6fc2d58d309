// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

extension ExchangeScript {
    static let checkHead = #"""
        <#
        .SYNOPSIS
        Compares Exchange Server with the plan of a Ceralacca gateway and prints what differs. It changes nothing.
        .DESCRIPTION
        Run it in the Exchange Management Shell. One object a difference, for Format-Table or Export-Csv; exit status 1
        when something differs. Written by ceralacca exchange-script --check.
        .PARAMETER Server
        The servers that are to have the Receive connector; all servers without it.
        #>
        [CmdletBinding()]
        param([string[]] $Server)
        Set-StrictMode -Version 1
        $ErrorActionPreference = 'Stop'
        $PSDefaultParameterValues = @{ '*:ErrorAction' = 'Stop' }
        """#

    static let checkBody =
        "\(comparison)\n\n\(onPremisesCompared)\n\n\(formatsAndRulesCompared)\n\(recipientFilter)\n\n\(comparisonEnd)"

    private static let onPremisesCompared = #"""
        $Name = $Plan.Prefix
        $Receivers = @(if ($Server) { $Server } else { Get-FrontendTransportService | ForEach-Object { "$($_.Name)" } })
        \#(ExchangeIdentities.onPremises.compared)

        $Object = "Send connector $Name"
        $Connector = @(Get-SendConnector | Where-Object { $_.Name -eq $Name })
        Compare-Value $Object 'exists' $true ($Connector.Count -gt 0)
        if ($Connector.Count -gt 0) {
            $Spaces = @($Connector[0].AddressSpaces | ForEach-Object { "$_" -replace '^smtp:', '' -replace ';\d+$', '' })
            Compare-Value $Object 'AddressSpaces' (($Plan.AddressSpaces | Sort-Object) -join ', ') `
                (($Spaces | Sort-Object) -join ', ')
            Compare-Value $Object 'Enabled' $true $Connector[0].Enabled
            Compare-Value $Object 'DNSRoutingEnabled' $false $Connector[0].DNSRoutingEnabled
            $Hosts = @($Connector[0].SmartHosts | ForEach-Object { "$_" -replace '^\[|\]$', '' }) -join ', '
            Compare-Value $Object 'SmartHosts' $Plan.SmartHost $Hosts
            Compare-Value $Object 'Port' $Plan.Port $Connector[0].Port
            if ($Plan.RequireTLS) { Compare-Value $Object 'RequireTLS' $true $Connector[0].RequireTLS }
            Compare-Size $Object 'MaxMessageSize' $Plan.ConnectorMB $Connector[0].MaxMessageSize
        }
        foreach ($Other in @(Get-SendConnector | Where-Object { $_.Name -ne $Name -and $_.Enabled })) {
            $All = @($Other.AddressSpaces | Where-Object { "$_" -match '^smtp:\*;' })
            Compare-Value "Send connector $($Other.Name)" 'address space * beside the gateway''s' $false ($All.Count -gt 0)
        }

        foreach ($Receiver in $Receivers) {
            $Object = "Receive connector $Receiver\$Name"
            $Connector = @(Get-ReceiveConnector -Server $Receiver | Where-Object { $_.Name -eq $Name })
            Compare-Value $Object 'exists' $true ($Connector.Count -gt 0)
            if ($Connector.Count -eq 0) { continue }
            Compare-Value $Object 'Enabled' $true $Connector[0].Enabled
            Compare-Value $Object 'RemoteIPRanges' $Plan.Gateway (@($Connector[0].RemoteIPRanges) -join ', ')
            Compare-Value $Object 'PermissionGroups' 'AnonymousUsers' $Connector[0].PermissionGroups
            Compare-Size $Object 'MaxMessageSize' $Plan.ConnectorMB $Connector[0].MaxMessageSize
            Compare-Value $Object 'MaxHopCount of 60 or more' $true ([int]"$($Connector[0].MaxHopCount)" -ge 60)
            Compare-Value $Object 'Fqdn is not the gateway''s name' $true ("$($Connector[0].Fqdn)" -ne $Plan.HostName)
        }

        if ($Plan.OrganizationMB -gt 0) {
            $Transport = Get-TransportConfig
            Compare-Size 'Organisation' 'MaxSendSize' $Plan.OrganizationMB $Transport.MaxSendSize
            Compare-Size 'Organisation' 'MaxReceiveSize' $Plan.OrganizationMB $Transport.MaxReceiveSize
        }
        """#

    private static let recipientFilter = #"""
        # Where the gateway asks Exchange which recipients there are (exchange.recipients: exchange), Exchange must refuse
        # unknown ones at RCPT. Elsewhere that is not wanted: one unknown recipient then costs the whole message, though not
        # the gateway's, which gives Exchange one recipient at a time. Whether the antispam agents are installed is not seen
        # here: ceralacca check --connect asks for a mailbox that cannot exist.
        $Filter = if (Get-Command Get-RecipientFilterConfig -ErrorAction SilentlyContinue) { Get-RecipientFilterConfig }
        Compare-Value 'Recipient filter' 'RecipientValidationEnabled on Mailbox servers' $Plan.AsksForRecipients `
            ("$($Filter.Enabled)" -eq 'True' -and "$($Filter.RecipientValidationEnabled)" -eq 'True')
        if ($Plan.AsksForRecipients) {
            $AllDomains = @(Get-AcceptedDomain)
            foreach ($Domain in $Plan.Domains) {
                $Accepted = @($AllDomains | Where-Object { $Domain -like "$($_.DomainName)" })
                Compare-Value "Accepted domain $Domain" 'exists' $true ($Accepted.Count -gt 0)
                foreach ($Found in $Accepted) {
                    Compare-Value "Accepted domain $($Found.DomainName)" 'AddressBookEnabled' $true $Found.AddressBookEnabled
                }
            }
        }
        """#
}
