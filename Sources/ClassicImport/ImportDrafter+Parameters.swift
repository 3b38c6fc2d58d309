// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

extension ImportDrafter {
    /// Parameters that are read for the configuration.
    private static let carried: Set<String> = [
        "myhostname", "mydomain", "relayhost", "sender_dependent_relayhost_maps", "smtp_sasl_password_maps",
        "smtp_sender_dependent_authentication", "smtp_sasl_auth_enable", "transport_maps", "relay_domains",
        "relay_transport",
        "relay_recipient_maps", "mynetworks", "inet_interfaces", "message_size_limit", "smtpd_tls_cert_file",
        "smtpd_tls_key_file", "smtpd_tls_chain_files", "smtpd_milters", "smtp_tls_wrappermode", "smtp_tls_CAfile",
        "smtp_tls_security_level", "smtp_enforce_tls", "default_database_type", "smtpd_relay_restrictions",
    ]
    /// What has no meaning beside the gateway, or which it does in its own way; by name or by the beginning of it.
    private static let meaningless: Set<String> = [
        "compatibility_level", "queue_directory", "data_directory", "command_directory", "daemon_directory",
        "mail_owner",
        "setgid_group", "alias_maps", "alias_database", "local_transport", "inet_protocols", "biff",
        "append_dot_mydomain",
        "readme_directory", "html_directory", "manpage_directory", "sample_directory", "sendmail_path",
        "newaliases_path",
        "mailq_path", "mailbox_size_limit", "recipient_delimiter", "mynetworks_style", "myorigin",
        "default_process_limit",
        "smtpd_banner", "debug_peer_level", "debugger_command", "unknown_local_recipient_reject_code", "meta_directory",
        "shlib_directory", "delay_warning_time", "maximal_queue_lifetime", "bounce_queue_lifetime",
        "minimal_backoff_time",
        "maximal_backoff_time", "queue_run_delay", "disable_vrfy_command", "smtpd_helo_required", "smtp_host_lookup",
        "smtp_dns_support_level", "milter_protocol", "non_smtpd_milters", "home_mailbox", "mailbox_command",
        "smtputf8_enable", "smtp_use_tls", "smtpd_use_tls", "mail_name", "postscreen_access_list",
    ]
    private static let meaninglessBeginnings = [
        "maillog_", "smtp_sasl_", "smtp_tls_", "smtpd_tls_", "tls_", "lmtp_", "qmgr_", "anvil_", "address_verify_",
        "smtpd_client_connection_", "smtp_connection_", "smtp_destination_", "default_destination_", "debug_",
        "tlsproxy_",
    ]
    /// What to do instead of the others.
    private static let remedies = [
        "content_filter": "Ceralacca asks ClamAV, rspamd, SpamAssassin and milters itself: `scanners`.",
        "smtpd_proxy_filter": "Ceralacca asks ClamAV, rspamd, SpamAssassin and milters itself: `scanners`.",
        "milter_default_action":
            "`scanners.when_down` is defer: mail waits while a scanner is down; `pass` lets it through.",
        "virtual_alias_maps": "Make the aliases in Exchange.", "virtual_alias_domains": "Make the aliases in Exchange.",
        "canonical_maps": "Make the addresses in Exchange.", "sender_canonical_maps": "Make the addresses in Exchange.",
        "recipient_canonical_maps": "Make the addresses in Exchange.",
        "smtp_generic_maps": "Make the addresses in Exchange.",
        "masquerade_domains": "Make the addresses in Exchange.",
        "always_bcc": "Make a journal or transport rule in Exchange; certified mail is in Ceralacca's archive.",
        "sender_bcc_maps": "Make a transport rule in Exchange.",
        "recipient_bcc_maps": "Make a transport rule in Exchange.",
        "smtpd_sasl_auth_enable": "Clients that log in: `auth` of the listener.",
        "smtp_tls_policy_maps":
            "TLS that a domain demands: `exchange.tls`, `tls` of a provider; towards the Internet DANE and MTA-STS are asked.",
        "smtpd_tls_security_level": "Who has to use TLS: `tls.required: true` of the listener.",
        "smtpd_enforce_tls": "Who has to use TLS: `tls.required: true` of the listener.",
        "smtpd_tls_req_ccert": "Certificates of clients: `tls.client` and `tls.client_ca` of the listener.",
        "smtpd_tls_CAfile": "Certificates of clients: `tls.client` and `tls.client_ca` of the listener.",
        "smtpd_recipient_restrictions": "Block lists, greylisting and rates: `screening`; filters: `scanners`.",
        "smtpd_client_restrictions": "Block lists, greylisting and rates: `screening`.",
        "smtpd_sender_restrictions": "Block lists, greylisting and rates: `screening`; filters: `scanners`.",
        "smtpd_helo_restrictions": "Names of clients: `screening.reverse_name`.",
        "sender_dependent_default_transport_maps":
            "Ceralacca chooses the provider by the account in the header From: add the accounts that it names.",
        "default_transport": "All other mail goes to internet.relay, or by MX.",
        "mydestination":
            "Ceralacca has no mailboxes: mail for these domains goes to Exchange when they are in exchange.domains.",
        "virtual_mailbox_domains":
            "Ceralacca has no mailboxes: mail for these domains goes to Exchange when they are in exchange.domains.",
    ]

    /// Tells of every parameter that is set and has no counterpart; values are not shown.
    mutating func remarkParameters() {
        guard let parameters = tables?.parameters else { return }
        for (name, entry) in parameters.entries where entry.line > 0 && !Self.carried.contains(name) {
            let isMeaningless =
                Self.meaningless.contains(name) || Self.meaninglessBeginnings.contains(where: name.hasPrefix)
            if isMeaningless, Self.remedies[name] == nil { continue }
            // One that others name and that means nothing by itself is the administrator's own.
            if isHarmless(name) || Self.remedies[name] == nil && parameters.named.contains(name) { continue }
            remark(
                parameters.place(name),
                "\(name) is not carried over",
                Self.remedies[name] ?? "Look in docs/configuration.md whether there is something for it that you need."
            )
        }
    }

    /// True for values that ask for nothing.
    private mutating func isHarmless(_ name: String) -> Bool {
        let words = PostfixLines.list(postfixValue(name))
        switch name {
        case "mydestination":
            let own = postfixValue("myhostname")
            return words.allSatisfy { $0.hasPrefix("localhost") || $0 == own }
        case "milter_default_action": return words != ["accept"]
        case "smtpd_sasl_auth_enable", "smtpd_tls_req_ccert", "smtpd_enforce_tls": return words != ["yes"]
        case "smtpd_tls_security_level": return words != ["encrypt"]
        case "smtpd_recipient_restrictions", "smtpd_client_restrictions", "smtpd_sender_restrictions":
            let usual: Set<String> = [
                "permit_mynetworks", "permit_sasl_authenticated", "reject_unauth_destination", "reject", "permit",
                "defer_unauth_destination", "reject_unknown_recipient_domain", "reject_non_fqdn_recipient",
                "reject_unauth_pipelining", "reject_unknown_sender_domain", "reject_non_fqdn_sender",
            ]
            return words.allSatisfy(usual.contains)
        default: return words.isEmpty
        }
    }
}
