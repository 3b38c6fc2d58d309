// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Of the set-up: mail contacts and Send As. What Exchange on-premises and Exchange Online do otherwise is told apart here.
struct ExchangeIdentities {
    /// Lines of comment on what the documentation says.
    var note: String
    /// The end of the warning about a contact that cannot be found once it was made.
    var notShown: String
    /// The property of a contact by which commands name it.
    var property: String
    /// Parameters that keep it visible, beside those of both; each with a blank before it.
    var visibility: String
    /// The command that gives Send As, in a line or in several.
    var grant: String

    /// The lines of the script.
    var text: String {
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
}
