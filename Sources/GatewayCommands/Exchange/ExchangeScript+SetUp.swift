// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

extension ExchangeScript {
    static let setUpHead = #"""
        <#
        .SYNOPSIS
        Sets up Exchange Server (2016, 2019, SE) for a Ceralacca gateway. Written by ceralacca exchange-script.
        .DESCRIPTION
        Run it in the Exchange Management Shell, first with -WhatIf. It may be run again at any time: what is there is
        brought to the plan, what lacks is made. Objects of the same name that it has not made are left alone.
        No Exchange was at hand when this script was written. What Microsoft's documentation leaves open is
        marked NOT PROVED below: try that in your version before you rely on it.
        .PARAMETER Server
        The servers that send to the gateway and get the Receive connector; all servers without it.
        .PARAMETER Credential
        The login at the gateway's listener, where it asks for one: -Credential (Get-Credential).
        #>
        [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium')]
        param(
            [string[]] $Server,
            [System.Management.Automation.PSCredential] $Credential
        )
        Set-StrictMode -Version 1
        $ErrorActionPreference = 'Stop'
        $PSDefaultParameterValues = @{ '*:ErrorAction' = 'Stop' }
        """#

    static let setUpBody = "\(steps)\n\n\(onPremises)\n\n\(formatsAndRules)"

    private static let onPremises = #"""
        if ($Plan.NeedsLogin -and -not $Credential -and -not $WhatIfPreference) {
            throw 'The gateway asks for a login: give it with -Credential (Get-Credential).'
        }
        $Senders = @(if ($Server) { $Server } else { Get-TransportService | ForEach-Object { "$($_.Name)" } })
        $Receivers = @(if ($Server) { $Server } else { Get-FrontendTransportService | ForEach-Object { "$($_.Name)" } })
        $ConnectorSize = "$($Plan.ConnectorMB)MB"

        \#(ExchangeIdentities.onPremises.made)

        # 2 Mail that goes out. Exchange chooses a connector by the recipient alone: only an address space * that no
        # other connector has brings all certified mail here.
        $Name = $Plan.Prefix
        $Sending = @{
            AddressSpaces = $Plan.AddressSpaces
            DNSRoutingEnabled = $false
            SmartHosts = @($Plan.SmartHost)
            Port = $Plan.Port
            SmartHostAuthMechanism = 'None'
            RequireTLS = $Plan.RequireTLS
            MaxMessageSize = $ConnectorSize
            SourceTransportServers = $Senders
            Enabled = $true
            Comment = $Plan.Mark
        }
        # NOT PROVED: with a login or TLS demanded, Exchange compares the certificate with the smart host's name; an IP
        # address may then not do. Give the name of the certificate instead: exchange-script --smart-host NAME.
        if ($Plan.NeedsLogin) {
            $Sending.SmartHostAuthMechanism = 'BasicAuthRequireTLS'
            $Sending.AuthenticationCredential = $Credential
        }
        $Connector = @(Get-SendConnector | Where-Object { $_.Name -eq $Name })
        if ($Connector.Count -eq 0) {
            Step $Name 'make the Send connector' { New-SendConnector -Name $Name -Custom @Sending }
        } elseif (Test-Own $Name $Connector[0].Comment) {
            Step $Name 'bring the Send connector to the plan' { Set-SendConnector -Identity $Name @Sending }
        } else { Write-Foreign 'The Send connector' $Name }
        foreach ($Other in @(Get-SendConnector | Where-Object { $_.Name -ne $Name -and $_.Enabled })) {
            if (@($Other.AddressSpaces | Where-Object { "$_" -match '^smtp:\*;' }).Count -gt 0) {
                Write-Warning ("The Send connector '$($Other.Name)' has the address space * too: certified mail that " +
                    'takes it leaves as ordinary mail. Disable it once this one works.')
            }
        }

        # 3 Mail that comes in: for the gateway's address alone, without the right to relay.
        # MaxHopCount: fetched certified mail brings the Received fields of two providers.
        $Receiving = @{
            RemoteIPRanges = @($Plan.Gateway)
            PermissionGroups = 'AnonymousUsers'
            MaxMessageSize = $ConnectorSize
            MaxHopCount = 60
            MessageRateLimit = 'Unlimited'
            Enabled = $true
            Comment = $Plan.Mark
        }
        # The name of "anonymous logon" differs with the language of Windows; its number does not.
        $Anonymous = (New-Object System.Security.Principal.SecurityIdentifier 'S-1-5-7').Translate(
            [System.Security.Principal.NTAccount]).Value
        foreach ($Receiver in $Receivers) {
            $Identity = "$Receiver\$Name"
            $Connector = @(Get-ReceiveConnector -Server $Receiver | Where-Object { $_.Name -eq $Name })
            if ($Connector.Count -eq 0) {
                Step $Identity 'make the Receive connector' {
                    New-ReceiveConnector -Name $Name -Server $Receiver -TransportRole FrontendTransport -Custom `
                        -Bindings $Plan.Bindings @Receiving
                }
            } elseif (Test-Own $Name $Connector[0].Comment) {
                Step $Identity 'bring the Receive connector to the plan' {
                    Set-ReceiveConnector -Identity $Identity -Bindings $Plan.Bindings @Receiving
                }
            } else {
                Write-Foreign 'The Receive connector' $Identity
                continue
            }
            # The gateway's notices come From the postmaster of an accepted domain.
            Step $Identity 'let notices From an accepted domain in' {
                Get-ReceiveConnector -Identity $Identity | Add-ADPermission -User $Anonymous `
                    -ExtendedRights 'ms-Exch-SMTP-Accept-Authoritative-Domain-Sender' -WarningAction SilentlyContinue
            }
        }

        # 4 Sizes: the organisation's limits are raised and never lowered. Mailboxes and OWA have limits of their own.
        if ($Plan.OrganizationMB -gt 0) {
            $Transport = Get-TransportConfig
            foreach ($Limit in 'MaxSendSize', 'MaxReceiveSize') {
                $Octets = Get-Octets $Transport.$Limit
                if ($null -eq $Octets -or $Octets -ge $Plan.OrganizationMB * 1048576) { continue }
                $Wanted = @{ $Limit = "$($Plan.OrganizationMB)MB" }
                Step 'Organisation' "raise $Limit from $($Transport.$Limit) to $($Wanted.$Limit)" {
                    Set-TransportConfig @Wanted
                }
            }
        } else { Write-Verbose 'No provider tells its largest message: the organisation''s limits stay as they are.' }
        """#
}
