// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

extension ExchangeOnlineScript {
    static let setUpHead = #"""
        <#
        .SYNOPSIS
        Sets up Exchange Online for a Ceralacca gateway. Written by ceralacca exchange-script --online.
        .DESCRIPTION
        Connect with Connect-ExchangeOnline, then run it, first with -WhatIf. It may be run again at any time: what is
        there is brought to the plan, what lacks is made. Objects of the same name that it has not made are left alone.
        No Exchange Online was at hand when this script was written. What Microsoft's documentation leaves open is
        marked NOT PROVED below: try that before you rely on it.
        #>
        [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium')]
        param()
        Set-StrictMode -Version 1
        $ErrorActionPreference = 'Stop'
        $PSDefaultParameterValues = @{ '*:ErrorAction' = 'Stop' }
        """#

    static let setUpBody =
        "\(connected)\n\(ExchangeScript.steps)\n\n\(ExchangeIdentities.online.made)\n\n\(connectors)\n\n"
        + ExchangeScript.formatsAndRules

    private static let connectors = #"""
        # 2 Mail that goes out: a connector that the rules below send mail to, by its sender, and that no other mail
        # takes. It demands TLS and the gateway's name in its certificate, which a public authority must have issued.
        if ($Plan.Port -ne 25) {
            Write-Warning ("The gateway listens on port $($Plan.Port), and Exchange Online sends to port 25 alone: " +
                "port 25 of $($Plan.SmartHost) must lead there.")
        }
        $Sending = @{
            ConnectorType = 'OnPremises'
            IsTransportRuleScoped = $true
            UseMXRecord = $false
            SmartHosts = @($Plan.SmartHost)
            TlsSettings = 'DomainValidation'
            TlsDomain = $Plan.TlsDomain
            CloudServicesMailEnabled = $false
            Enabled = $true
            Comment = $Plan.Mark
        }
        # NOT PROVED: that messages on this connector name the organisation in X-MS-Exchange-CrossTenant-Id and
        # X-OriginatorOrg, as messages to other systems do; the gateway refuses with 550 5.7.64 what does not. What
        # X-OriginatorOrg holds, the sender's domain or the organisation's default one, the documentation leaves open.
        # NOT PROVED: that Exchange Online shows its certificate to a server that asks for one; administrators of
        # other mail servers see it in their logs. The gateway refuses with 530 5.7.0 what comes without.
        $Connector = @(Get-EachOutboundConnector | Where-Object { $_.Name -eq $Plan.Outbound })
        if ($Connector.Count -eq 0) {
            Step $Plan.Outbound 'make the Outbound connector' { New-OutboundConnector -Name $Plan.Outbound @Sending }
        } elseif (Test-Own $Plan.Outbound $Connector[0].Comment) {
            Step $Plan.Outbound 'bring the Outbound connector to the plan' {
                Set-OutboundConnector -Identity $Plan.Outbound @Sending
            }
        } else { Write-Foreign 'The Outbound connector' $Plan.Outbound }

        # 3 Mail that comes in: the gateway is known by the certificate that it shows.
        # Documented: RequireTls is looked at for connectors of type Partner alone; here the certificate demands TLS.
        # NOT PROVED: that a name below an accepted domain (relay.azienda.it for azienda.it) makes Exchange Online
        # attribute the mail to this organisation. Where it does not: a certificate that names the domain itself.
        $Receiving = @{
            ConnectorType = 'OnPremises'
            SenderDomains = @('*')
            TlsSenderCertificateName = $Plan.CertificateName
            RequireTls = $true
            CloudServicesMailEnabled = $false
            Enabled = $true
            Comment = $Plan.Mark
        }
        $Accepted = @(Get-AcceptedDomain | ForEach-Object { "$($_.DomainName)" })
        $Near = @($Accepted | Where-Object { ".$($Plan.CertificateName)" -like "*.$_" })
        if ($Near.Count -eq 0) {
            Write-Warning ("$($Plan.CertificateName) is in no accepted domain of this organisation: Exchange Online will " +
                'not take the certificate for a sign of it. Give exchange.certificate a name in one of them.')
        }
        $Connector = @(Get-InboundConnector | Where-Object { $_.Name -eq $Plan.Inbound })
        if ($Connector.Count -eq 0) {
            Step $Plan.Inbound 'make the Inbound connector' { New-InboundConnector -Name $Plan.Inbound @Receiving }
        } elseif (Test-Own $Plan.Inbound $Connector[0].Comment) {
            Step $Plan.Inbound 'bring the Inbound connector to the plan' {
                Set-InboundConnector -Identity $Plan.Inbound @Receiving
            }
        } else { Write-Foreign 'The Inbound connector' $Plan.Inbound }
        # Enhanced filtering: SPF and reputation are judged by who sent to the gateway, not by the gateway.
        # NOT PROVED: what it makes of messages that the gateway fetched, whose last Received field is the provider's.
        $Connector = @(Get-InboundConnector | Where-Object { $_.Name -eq $Plan.Inbound })
        if ($Connector.Count -eq 0) {
            if ($WhatIfPreference) { Step $Plan.Inbound 'skip the gateway in enhanced filtering' { $null } }
        } elseif (Test-Own $Plan.Inbound $Connector[0].Comment) {
            Step $Plan.Inbound 'skip the gateway in enhanced filtering' {
                Set-InboundConnector -Identity $Plan.Inbound -EFSkipLastIP $true
            }
        }

        # 4 Sizes: limits of the mailboxes that send or receive certified mail are raised and never lowered.
        if ($Plan.MailboxMB -gt 0) {
            foreach ($Address in $Plan.Mailboxes) {
                $Mailbox = Get-Mailbox -Identity $Address -ErrorAction SilentlyContinue
                if (-not $Mailbox) {
                    Write-Verbose "$Address is no mailbox: its members' limits stay as they are."
                    continue
                }
                foreach ($Limit in 'MaxSendSize', 'MaxReceiveSize') {
                    $Octets = Get-Octets $Mailbox.$Limit
                    if ($null -eq $Octets -or $Octets -ge $Plan.MailboxMB * 1048576) { continue }
                    $Wanted = @{ $Limit = "$($Plan.MailboxMB)MB" }
                    Step $Address "raise $Limit from $($Mailbox.$Limit) to $($Wanted.$Limit)" {
                        Set-Mailbox -Identity "$($Mailbox.Guid)" @Wanted
                    }
                }
            }
        } else { Write-Verbose 'No provider tells its largest message: the limits of mailboxes stay as they are.' }

        # The rules "to the gateway" send by the sender: some by the sender as rules see it, some by the text of the
        # field From. NOT PROVED: which of the two sees the address of a contact that a user sends as. A message that
        # neither sees leaves as ordinary mail: send one, and look for it in ceralacca queue list.
        """#
}
