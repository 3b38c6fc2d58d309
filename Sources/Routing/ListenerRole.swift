// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// What an SMTP listener is there for: it decides who may send what to whom.
public enum ListenerRole: String, Hashable, Sendable, CaseIterable {
    /// Mail from Exchange, going out.
    case exchange
    /// Mail from the Internet for the company's domains: the MX.
    case internet
    /// Copies that a provider forwards for the accounts that it hosts.
    case provider
}
