// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

extension ExchangeOnlineScript {
    static let checkHead = #"""
        <#
        .SYNOPSIS
        Compares Exchange Online with the plan of a Ceralacca gateway and prints what differs. It changes nothing.
        .DESCRIPTION
        Connect with Connect-ExchangeOnline, then run it. One object a difference, for Format-Table or Export-Csv; exit
        status 1 when something differs. Written by ceralacca exchange-script --online --check.
        #>
        [CmdletBinding()]
        param()
        Set-StrictMode -Version 1
        $ErrorActionPreference = 'Stop'
        $PSDefaultParameterValues = @{ '*:ErrorAction' = 'Stop' }
        """#

    static let checkBody =
        "\(connected)\n\(ExchangeScript.comparison)\n\n\(objects)\n\n\(ExchangeScript.formatsAndRulesCompared)\n\(routes)\n\n"
        + ExchangeScript.comparisonEnd

    private static let objects = #"""
        \#(ExchangeIdentities.online.compared)

        $Object = "Outbound connector $($Plan.Outbound)"
        $Connector = @(Get-EachOutboundConnector | Where-Object { $_.Name -eq $Plan.Outbound })
        Compare-Value $Object 'exists' $true ($Connector.Count -gt 0)
        if ($Connector.Count -gt 0) {
            Compare-Value $Object 'Enabled' $true $Connector[0].Enabled
            Compare-Value $Object 'ConnectorType' 'OnPremises' $Connector[0].ConnectorType
            Compare-Value $Object 'IsTransportRuleScoped' $true $Connector[0].IsTransportRuleScoped
            Compare-Value $Object 'UseMXRecord' $false $Connector[0].UseMXRecord
            Compare-Value $Object 'SmartHosts' $Plan.SmartHost (@($Connector[0].SmartHosts) -join ', ')
            Compare-Value $Object 'TlsSettings' 'DomainValidation' $Connector[0].TlsSettings
            Compare-Value $Object 'TlsDomain' $Plan.TlsDomain $Connector[0].TlsDomain
            Compare-Value $Object 'CloudServicesMailEnabled' $false $Connector[0].CloudServicesMailEnabled
        }

        $Object = "Inbound connector $($Plan.Inbound)"
        $Connector = @(Get-InboundConnector | Where-Object { $_.Name -eq $Plan.Inbound })
        Compare-Value $Object 'exists' $true ($Connector.Count -gt 0)
        if ($Connector.Count -gt 0) {
            Compare-Value $Object 'Enabled' $true $Connector[0].Enabled
            Compare-Value $Object 'ConnectorType' 'OnPremises' $Connector[0].ConnectorType
            Compare-Value $Object 'TlsSenderCertificateName' $Plan.CertificateName $Connector[0].TlsSenderCertificateName
            Compare-Value $Object 'RequireTls' $true $Connector[0].RequireTls
            Compare-Value $Object 'CloudServicesMailEnabled' $false $Connector[0].CloudServicesMailEnabled
            Compare-Value $Object 'EFSkipLastIP' $true $Connector[0].EFSkipLastIP
        }
        $Accepted = @(Get-AcceptedDomain | ForEach-Object { "$($_.DomainName)" })
        $Near = @($Accepted | Where-Object { ".$($Plan.CertificateName)" -like "*.$_" })
        Compare-Value $Object 'certificate in an accepted domain' $true ($Near.Count -gt 0)

        if ($Plan.MailboxMB -gt 0) {
            foreach ($Address in $Plan.Mailboxes) {
                $Mailbox = Get-Mailbox -Identity $Address -ErrorAction SilentlyContinue
                if (-not $Mailbox) { continue }
                Compare-Size "Mailbox $Address" 'MaxSendSize' $Plan.MailboxMB $Mailbox.MaxSendSize
                Compare-Size "Mailbox $Address" 'MaxReceiveSize' $Plan.MailboxMB $Mailbox.MaxReceiveSize
            }
        }
        """#

    private static let routes = #"""
        # A rule that sends mail elsewhere may take certified mail with it.
        foreach ($Rule in $AllRules) {
            if ((Test-Own $Rule.Name $Rule.Comments) -or "$($Rule.State)" -ne 'Enabled') { continue }
            Compare-Value "Transport rule $($Rule.Name)" 'RouteMessageOutboundConnector' '' $Rule.RouteMessageOutboundConnector
        }
        """#
}
