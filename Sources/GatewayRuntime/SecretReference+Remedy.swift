// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GatewayConfiguration
import SecretsVault

extension SecretReference {
    /// What a person is to do when a server refuses the login with the password that is kept there.
    var remedy: String {
        let renewal =
            switch self {
            case .file(let path): "Write the new password into \(path), then run: ceralacca reload."
            case .vault(let name):
                "Set the new password: ceralacca secret set \(name), then run: ceralacca reload."
            case .environment(let name):
                "Change the password where the service gets \(name) (/etc/ceralacca/environment), then run: "
                    + "systemctl restart ceralacca."
            }
        return "\(renewal) If it is right: has the server locked the box, is `login` right?"
    }
}
