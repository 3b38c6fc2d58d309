// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// What the scripts say of contacts and Send As.
extension ExchangeIdentities {
    /// Of the set-up: contacts and Send As made.
    var made: String {
        #"""
        # 1 Identities. A contact that is hidden from address lists cannot be sent as: these stay visible.
        \#(note)
        $AllContacts = @(Get-MailContact -ResultSize Unlimited)
        foreach ($Contact in $Plan.Contacts) {
            $Address = $Contact.Address
            $Found = @($AllContacts | Where-Object { (Get-ContactAddress $_) -eq $Address })
            if ($Found.Count -eq 0) {
                $Other = Get-Recipient -Identity $Address -ErrorAction SilentlyContinue
                if ($Other) {
                    $Failed++
                    Write-Warning "$Address belongs to $($Other.Name) ($($Other.RecipientType)): no contact was made."
                    continue
                }
                Step $Address 'make the mail contact' {
                    New-MailContact -Name $Contact.Name -DisplayName $Address -Alias $Contact.Alias `
                        -ExternalEmailAddress "SMTP:$Address"
                }
                $Found = @(Get-MailContact -Identity $Contact.Name -ErrorAction SilentlyContinue |
                    Where-Object { (Get-ContactAddress $_) -eq $Address })
            }
            if ($Found.Count -eq 0) {
                if ($WhatIfPreference) {
                    foreach ($User in $Contact.SendAs) { Step $Address "give Send As to $User" { $null } }
                } else {
                    $Failed++
                    Write-Warning "$($Address): the contact was not made, \#(notShown)"
                }
                continue
            }
            $Identity = "$($Found[0].\#(property))"
            # Name and alias of this script's making, and no comment: a run that was cut short left it so.
            if ("$($Found[0].Name)" -eq $Contact.Name -and "$($Found[0].Alias)" -eq $Contact.Alias -and
                -not "$((Get-Contact -Identity $Identity).Notes)") {
                Step $Address 'mark the contact as made by this script' {
                    Set-Contact -Identity $Identity -Notes $Plan.Mark
                }
            }
            Step $Address 'keep it visible, without rich text' {
                Set-MailContact -Identity $Identity -HiddenFromAddressListsEnabled $false\#(visibility) `
                    -UseMapiRichTextFormat Never -UsePreferMessageFormat $true
            }
            # Adding a right that is there already changes nothing.
            foreach ($User in $Contact.SendAs) {
                Step $Address "give Send As to $User" {
                    \#(grant)
                }
            }
        }
        """#
    }

    /// Of the comparison: contacts and Send As compared.
    var compared: String {
        #"""
        $AllContacts = @(Get-MailContact -ResultSize Unlimited)
        foreach ($Contact in $Plan.Contacts) {
            $Object = "Contact $($Contact.Address)"
            $Found = @($AllContacts | Where-Object { (Get-ContactAddress $_) -eq $Contact.Address })
            Compare-Value $Object 'exists' $true ($Found.Count -gt 0)
            if ($Found.Count -eq 0) { continue }
            Compare-Value $Object 'HiddenFromAddressListsEnabled' $false $Found[0].HiddenFromAddressListsEnabled
            Compare-Value $Object 'UseMapiRichTextFormat' 'Never' $Found[0].UseMapiRichTextFormat
            # NOT PROVED: a user may be printed in another spelling than the one given; compare by eye then.
            $Users = @(\#(permissions) -Identity "$($Found[0].\#(property))" | Where-Object {
                \#(isSendAs) } | ForEach-Object { "$($_.\#(holder))" })
            foreach ($User in $Contact.SendAs) { Compare-Value $Object "Send As of $User" $true ($Users -contains $User) }
        }
        """#
    }

    /// Of the removal: contacts removed.
    var removed: String {
        #"""
        # A contact's comment is its Notes. Send As on it goes with it.
        foreach ($Contact in @(Get-MailContact -ResultSize Unlimited)) {
            if (-not "$($Contact.Name)".StartsWith($Plan.Prefix)) { continue }
            $Identity = "$($Contact.\#(property))"
            if (-not (Test-Own $Contact.Name (Get-Contact -Identity $Identity).Notes)) { continue }
            Step (Get-ContactAddress $Contact) 'remove the mail contact' {
                Remove-MailContact -Identity $Identity -Confirm:$false
            }
        }
        """#
    }
}
