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

    static let checkBody = #"""
        $Count = 0
        function Compare-Value($Object, $Setting, $Wanted, $Found) {
            if ("$Wanted" -eq "$Found") { return }
            $script:Count++
            New-Object PSObject -Property @{ Object = $Object; Setting = $Setting; Wanted = "$Wanted"; Found = "$Found" }
        }
        # A size that is at least as large as wanted, or unlimited, is right.
        function Compare-Size($Object, $Setting, $Megabytes, $Found) {
            $Octets = Get-Octets $Found
            if ($null -eq $Octets -or $Octets -ge $Megabytes * 1048576) { return }
            Compare-Value $Object $Setting "$Megabytes MB or more" $Found
        }

        $Name = $Plan.Prefix
        $Receivers = @(if ($Server) { $Server } else { Get-FrontendTransportService | ForEach-Object { "$($_.Name)" } })
        $AllContacts = @(Get-MailContact -ResultSize Unlimited)
        foreach ($Contact in $Plan.Contacts) {
            $Object = "Contact $($Contact.Address)"
            $Found = @($AllContacts | Where-Object { (Get-ContactAddress $_) -eq $Contact.Address })
            Compare-Value $Object 'exists' $true ($Found.Count -gt 0)
            if ($Found.Count -eq 0) { continue }
            Compare-Value $Object 'HiddenFromAddressListsEnabled' $false $Found[0].HiddenFromAddressListsEnabled
            Compare-Value $Object 'UseMapiRichTextFormat' 'Never' $Found[0].UseMapiRichTextFormat
            # NOT PROVED: a user may be printed in another spelling than the one given; compare by eye then.
            $Users = @(Get-ADPermission -Identity "$($Found[0].DistinguishedName)" | Where-Object {
                -not $_.Deny -and "$($_.ExtendedRights)" -match 'Send-As' } | ForEach-Object { "$($_.User)" })
            foreach ($User in $Contact.SendAs) { Compare-Value $Object "Send As of $User" $true ($Users -contains $User) }
        }

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
        foreach ($Remote in @(Get-RemoteDomain | Where-Object { "$($_.DomainName)" -eq '*' })) {
            Compare-Value "Remote domain $($Remote.Name)" 'TNEFEnabled' 'False' $Remote.TNEFEnabled
        }

        $AllRules = @(Get-TransportRule)
        foreach ($Rule in $Plan.Rules) {
            $Object = "Transport rule $($Rule.Name)"
            $Present = @($AllRules | Where-Object { $_.Name -eq $Rule.Name })
            Compare-Value $Object 'exists' $true ($Present.Count -gt 0)
            if ($Present.Count -eq 0) { continue }
            Compare-Value $Object 'State' 'Enabled' $Present[0].State
            foreach ($Key in @($Rule.Parameters.Keys | Sort-Object)) {
                Compare-Value $Object $Key (@($Rule.Parameters[$Key]) -join ', ') (@($Present[0].$Key) -join ', ')
            }
        }
        foreach ($Rule in $AllRules) {
            $Object = "Transport rule $($Rule.Name)"
            if (Test-Own $Rule.Name $Rule.Comments) {
                $Planned = @($Plan.Rules | Where-Object { $_.Name -eq $Rule.Name }).Count -gt 0
                Compare-Value $Object 'is in the plan' $true $Planned
                continue
            }
            # A disclaimer, or a word in front of the subject, on signed mail breaks it or what is known of it.
            if ("$($Rule.State)" -ne 'Enabled' -or -not ($Rule.ApplyHtmlDisclaimerText -or $Rule.PrependSubject)) { continue }
            $Except = "$($Rule.ExceptIfHeaderContainsMessageHeader) $($Rule.ExceptIfHeaderMatchesMessageHeader)"
            Compare-Value $Object 'leaves signed certified mail alone' $true ($Except -match 'X-Ceralacca-PEC')
        }
        # With it one unknown recipient costs the whole message; the gateway gives Exchange one recipient at a time.
        if (Get-Command Get-RecipientFilterConfig -ErrorAction SilentlyContinue) {
            $Filter = Get-RecipientFilterConfig
            Compare-Value 'Recipient filter' 'RecipientValidationEnabled on Mailbox servers' $false `
                ("$($Filter.Enabled)" -eq 'True' -and "$($Filter.RecipientValidationEnabled)" -eq 'True')
        }

        if ($Count -gt 0) {
            Write-Warning "$Count setting(s) differ from the plan."
            exit 1
        }
        Write-Verbose 'Nothing differs from the plan.'
        """#
}
