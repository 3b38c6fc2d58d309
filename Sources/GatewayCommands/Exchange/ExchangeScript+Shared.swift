// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// What the scripts for Exchange on-premises and for Exchange Online have in common.
extension ExchangeScript {
    /// Of the set-up: how a change is made.
    static let steps = #"""
        $Failed = 0
        # Every change goes through here: asked of -WhatIf and -Confirm; one that fails does not keep the others.
        \#(step)
        function Write-Foreign($Kind, $Name) {
            $script:Failed++
            Write-Warning "$Kind '$Name' was not made by this script and is left alone: rename it and run this again."
        }
        """#

    /// The end of the set-up: remote domains and transport rules.
    static let formatsAndRules = #"""
        # 5 No winmail.dat, which providers and recipients cannot read.
        foreach ($Remote in @(Get-RemoteDomain | Where-Object { "$($_.TNEFEnabled)" -ne 'False' })) {
            if ("$($Remote.DomainName)" -ne '*') { continue }
            Step "Remote domain $($Remote.Name)" "set TNEFEnabled from '$($Remote.TNEFEnabled)' to False" {
                Set-RemoteDomain -Identity "$($Remote.Identity)" -TNEFEnabled $false
            }
        }

        # 6 Transport rules.
        # NOT PROVED: that a message From a mail contact matches FromAddressMatchesPatterns, and that the exception for
        # the gateway's name in Received lets in what the gateway brings. Try: From the PEC to a colleague (refused
        # with words), and a PEC to yourself (arrives). Nor is it proved whether a message to internal and external
        # recipients is refused for all of them or for the internal ones alone.
        $Before = $Failed
        foreach ($Rule in $Plan.Rules) {
            $Parameters = $Rule.Parameters
            $Present = @(Get-TransportRule | Where-Object { $_.Name -eq $Rule.Name })
            if ($Present.Count -eq 0) {
                Step $Rule.Name 'make the transport rule' {
                    New-TransportRule -Name $Rule.Name -Comments $Plan.Mark @Parameters
                }
            } elseif (Test-Own $Rule.Name $Present[0].Comments) {
                Step $Rule.Name 'bring the transport rule to the plan' {
                    Set-TransportRule -Identity $Rule.Name @Parameters
                }
                if ("$($Present[0].State)" -ne 'Enabled') {
                    Step $Rule.Name 'enable the transport rule' { Enable-TransportRule -Identity $Rule.Name }
                }
            } else { Write-Foreign 'The transport rule' $Rule.Name }
        }
        # What this script made and the plan no longer has goes, once all that it has stands: its accounts may be in another rule now.
        foreach ($Rule in @(Get-TransportRule | Where-Object { Test-Own $_.Name $_.Comments })) {
            if (@($Plan.Rules | Where-Object { $_.Name -eq $Rule.Name }).Count -gt 0) { continue }
            if ($Failed -gt $Before) {
                Write-Warning "The rule '$($Rule.Name)' is no longer in the plan; it stays until the rules of the plan are made."
                continue
            }
            Step $Rule.Name 'remove the transport rule, which is no longer in the plan' {
                Remove-TransportRule -Identity "$($Rule.Identity)" -Confirm:$false
            }
        }
        # Disclaimers would break the signature of certified mail that comes in. Rules of yours get an exception where
        # they have none of this kind yet; the removal script leaves it, for it does no harm.
        foreach ($Rule in @(Get-TransportRule | Where-Object { $_.ApplyHtmlDisclaimerText })) {
            if (Test-Own $Rule.Name $Rule.Comments) { continue }
            $Field = "$($Rule.ExceptIfHeaderContainsMessageHeader)"
            if ("$Field $($Rule.ExceptIfHeaderMatchesMessageHeader)" -match 'X-Ceralacca-PEC') { continue }
            if ($Field) {
                Write-Warning ("The rule '$($Rule.Name)' adds a disclaimer, also to signed certified mail, and its " +
                    "exception is taken by '$Field': except messages with the field X-Ceralacca-PEC by hand.")
                continue
            }
            Step "Transport rule $($Rule.Name)" 'keep its disclaimer off certified mail' {
                Set-TransportRule -Identity "$($Rule.Identity)" -ExceptIfHeaderContainsMessageHeader 'X-Ceralacca-PEC' `
                    -ExceptIfHeaderContainsWords 'kind='
            }
        }
        \#(subjectsTold)

        if ($Failed -gt 0) {
            Write-Warning "$Failed step(s) were not done: see above. Mend them and run this again."
            exit 1
        }
        """#

    /// Of the removal: how an object is removed.
    static let removalSteps = "$Failed = 0\n\(step)"

    /// The function that changes something.
    private static let step = #"""
        function Step($Target, $Action, [scriptblock] $Change) {
            if (-not $PSCmdlet.ShouldProcess($Target, $Action)) { return }
            try { $null = & $Change } catch {
                $script:Failed++
                Write-Warning "$($Target): $($Action): $($_.Exception.Message)"
            }
        }
        """#

    /// The transport rules removed.
    static let rulesRemoved = #"""
        foreach ($Rule in @(Get-TransportRule | Where-Object { Test-Own $_.Name $_.Comments })) {
            Step $Rule.Name 'remove the transport rule' {
                Remove-TransportRule -Identity "$($Rule.Identity)" -Confirm:$false
            }
        }
        """#

    /// The beginning of the comparison.
    static let comparison = #"""
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
        """#

    /// Remote domains and transport rules compared.
    static let formatsAndRulesCompared = #"""
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
            # A disclaimer breaks the signature.
            if ("$($Rule.State)" -ne 'Enabled' -or -not $Rule.ApplyHtmlDisclaimerText) { continue }
            $Except = "$($Rule.ExceptIfHeaderContainsMessageHeader) $($Rule.ExceptIfHeaderMatchesMessageHeader)"
            Compare-Value $Object 'leaves signed certified mail alone' $true ($Except -match 'X-Ceralacca-PEC')
        }
        \#(subjectsTold)
        """#

    /// Of the set-up and the comparison: rules that put words in front of the subject are told, and left as they are.
    private static let subjectsTold = #"""
        # Words in front of the subject, often the mark of mail from outside, break no signature, and an exception spares
        # them whoever writes the field X-Ceralacca-PEC himself: whether to make one is for you to decide.
        foreach ($Rule in @(Get-TransportRule | Where-Object { $_.PrependSubject -and "$($_.State)" -eq 'Enabled' })) {
            $Except = "$($Rule.ExceptIfHeaderContainsMessageHeader) $($Rule.ExceptIfHeaderMatchesMessageHeader)"
            if ($Rule.ApplyHtmlDisclaimerText -or $Except -match 'X-Ceralacca-PEC') { continue }
            Write-Warning "The rule '$($Rule.Name)' puts words in front of the subject of certified mail too: yours to decide."
        }
        """#

    /// The end of the comparison.
    static let comparisonEnd = #"""
        if ($Count -gt 0) {
            Write-Warning "$Count setting(s) differ from the plan."
            exit 1
        }
        Write-Verbose 'Nothing differs from the plan.'
        """#
}
