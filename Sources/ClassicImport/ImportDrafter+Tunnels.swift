// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import GatewayConfiguration
internal import MailModel

extension ImportDrafter {
    /// True for a port of this machine without TLS of its own at which no stunnel service accepts that was read: in front of a provider it is a
    /// tunnel whose file was not named.
    func isUnnamedTunnel(_ server: ImportedServer) -> Bool {
        server.tunnel == nil && !server.endpoint.hasImplicitTLS && Self.isThisMachine(server.endpoint.host)
    }

    /// Tells of tunnels of which nobody knows where they lead, and marks the accounts that need them.
    mutating func remarkTunnels() {
        let servers =
            mailboxes.map { ($0.server, $0.place) }
            + accounts.compactMap { account in
                account.submit.map { ($0, $0.place) }
            }
        for (server, place) in servers where isUnnamedTunnel(server) {
            remark(
                place,
                "this goes to a tunnel of this machine, port \(server.endpoint.port), and no stunnel service that was read accepts there",
                "Name stunnel's file with --stunnel, and import again; accounts that need it are written as a remark."
            )
        }
        for index in accounts.indices {
            let servers = [accounts[index].submit, accounts[index].mailbox?.server].compactMap(\.self)
            accounts[index].tunnelPort = servers.first(where: isUnnamedTunnel)?.endpoint.port
        }
    }

    /// The provider of an account whose tunnel is not known: what its address suggests.
    func suggestedProvider(_ address: AddrSpec) -> String {
        ProviderPreset.suggested(for: address).first?.configuration.name ?? "NAME"
    }
}
