// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Mail contacts and Send As. What Exchange on-premises and Exchange Online do otherwise is told apart here.
struct ExchangeIdentities {
    /// Of the set-up: lines of comment on what the documentation says.
    var note: String
    /// The end of the warning about a contact that cannot be found once it was made.
    var notShown: String
    /// The property of a contact by which commands name it.
    var property: String
    /// Parameters that keep it visible, beside those of both; each with a blank before it.
    var visibility: String
    /// The command that gives Send As, in a line or in several.
    var grant: String
    /// The command that lists the permissions on a contact.
    var permissions: String
    /// True of `$_` when such a permission is Send As.
    var isSendAs: String
    /// The property of such a permission that names who has it.
    var holder: String

    /// Exchange on-premises.
    static let onPremises = ExchangeIdentities(
        note: #"""
            # NOT PROVED: Send As is documented for mailboxes and groups, and "on other kinds of recipient objects" by
            # the shell; on a mail contact it is an Active Directory right, which each version may treat otherwise.
            """#,
        notShown: "or Exchange does not show it yet: run this again.",
        property: "DistinguishedName",
        visibility: " -EmailAddressPolicyEnabled $false",
        grant:
            "Add-ADPermission -Identity $Identity -User $User -ExtendedRights 'Send As' -WarningAction SilentlyContinue",
        permissions: "Get-ADPermission",
        isSendAs: #"-not $_.Deny -and "$($_.ExtendedRights)" -match 'Send-As'"#,
        holder: "User"
    )

    /// Exchange Online.
    static let online = ExchangeIdentities(
        note: #"""
            # Documented: Add-RecipientPermission gives Send As on external contacts too.
            # NOT PROVED: that each Outlook offers such a contact as From, and that the message then has it in the header
            # From with no Sender beside it; the gateway refuses another Sender with words. Contacts that come from a
            # directory on-premises can be changed there alone.
            """#,
        notShown: "or is not shown yet: run this again in a while.",
        property: "Guid",
        visibility: "",
        grant: #"""
            Add-RecipientPermission -Identity $Identity -AccessRights SendAs -Trustee $User -Confirm:$false `
                            -WarningAction SilentlyContinue
            """#,
        permissions: "Get-RecipientPermission",
        isSendAs: #""$($_.AccessRights)" -match 'SendAs'"#,
        holder: "Trustee"
    )
}
