// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestLab

extension Bench {
    private static let accounts = 500

    /// Resident memory with 500 accounts whose sessions of IMAP, in TLS, wait for news of Dovecot.
    func idle() async throws -> [Measurement] {
        let addresses = (1...Self.accounts).map { "pec\($0)@pec.test" }
        let home = "\(directory)/idle-boxes"
        try Files.makeDirectory(home)
        try Files.makeDirectory("\(home)/sockets")
        let dovecot = try Dovecot(
            in: home,
            authority: provider.authority,
            passwords: Dictionary(uniqueKeysWithValues: addresses.map { ($0, CertifiedProvider.password) }),
            sockets: "\(home)/sockets",
            more: Self.roomForMany
        )
        try await dovecot.start()
        var file = try GatewayFile(in: "\(directory)/idle")
        file.exchange = ["smtp://127.0.0.1:\(exchange.port)"]
        let entries = GatewayFile.provider(
            submit: "smtps://localhost:\(provider.smtps)",
            imap: "imaps://localhost:\(dovecot.imaps)",
            authority: provider.authority
        )
        file.providers = [("pec", entries)]
        file.accounts = addresses.map { .init($0, fetch: "{protocol: imap, every: 1h, keep: forever}") }
        let gateway = Gateway(file)
        try await gateway.start()
        let end = ContinuousClock.now + .seconds(300)
        while Self.waiting() < Self.accounts {
            guard ContinuousClock.now < end else {
                throw LabError(
                    "\(Self.waiting()) of \(Self.accounts) sessions wait\n\(gateway.tail())\n\(Files.tail(dovecot.log, 20))"
                )
            }
            try await Task.sleep(for: .seconds(1))
        }
        let measured = Measurement(
            name: "memory, \(Self.accounts) accounts wait",
            value: gateway.memory.now,
            ceiling: 150,
            unit: "MB"
        )
        await gateway.stop()
        await dovecot.stop()
        return [measured]
    }

    /// Dovecot has limits for a hundred sessions; its processes tell by their titles that they wait.
    private static let roomForMany = """
        verbose_proctitle = yes
        default_client_limit = 4000
        service imap-login {
          service_count = 0
          client_limit = 2000
          process_limit = 2
        }
        service imap {
          process_limit = 2000
        }

        """

    /// Processes of Dovecot that are in IDLE for a box of these.
    private static func waiting() -> Int {
        let processes: [String]
        do { processes = try FileManager.default.contentsOfDirectory(atPath: "/proc") } catch { return 0 }
        return processes.count { process in
            guard Int(process) != nil else { return false }
            let title = Files.text("/proc/\(process)/cmdline")
            return title.contains("imap") && title.contains("@pec.test") && title.contains("IDLE")
        }
    }
}
