// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestLab

extension CommandWorld {
    /// Makes two certificates, `*.azienda.it` for the listener and `gateway.azienda.it` for what Exchange is shown, and a configuration for
    /// Exchange Online that names them.
    func serveExchangeOnline() throws {
        for (file, name) in [("listener", "*.azienda.it"), ("own", "gateway.azienda.it")] {
            try Command.run(
                "openssl",
                [
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=x", "-addext", "subjectAltName=DNS:\(name)", "-keyout", "\(file).key", "-out",
                    "\(file).pem",
                ],
                directory: directory
            )
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: "\(directory)/\(file).key")
        }
        try write(
            "x.yaml",
            """
            hostname: relay.azienda.it
            postmaster: postmaster@azienda.it
            state: \(directory)/state
            exchange:
              servers: [smtp://azienda-it.mail.protection.outlook.com]
              domains: [azienda.it]
              tls: verify
              certificate: own.pem
              key: own.key
            listeners:
              - role: exchange
                address: "192.0.2.2:25"
                tenants: [5a3f1c9e-0f1d-4c52-9d5b-6f7f6f1f2a10]
                tls: {certificate: listener.pem, key: listener.key}
            accounts:
              - {address: azienda@pec.it, provider: aruba, password: {file: pec}, deliver_to: [protocollo@azienda.it]}
            """
        )
    }
}
