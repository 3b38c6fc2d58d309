// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import Yams

extension Findings {
    /// The largest number of values in a file, those behind aliases counted each time.
    static let maximumNodes = 500_000

    /// Remembers every text that stands where a password could have been written in clear, so that no remark shows it.
    ///
    /// False when the tree has too many values to look at all of them.
    func conceal(in root: Node) -> Bool {
        var visited = 0
        return conceal(root, isSecret: false, &visited)
    }

    private func conceal(_ node: Node, isSecret: Bool, _ visited: inout Int) -> Bool {
        visited += 1
        guard visited < Self.maximumNodes else { return false }
        switch node {
        case .scalar(let scalar):
            if isSecret { conceal(scalar.string) }
            return true
        case .mapping(let mapping):
            for (key, value) in mapping {
                var isNamed = false
                if case .scalar(let name) = key {
                    isNamed =
                        Self.soundsSecret(name.string) || name.string.lowercased().contains("token")
                        || name.string == "recipient_suffix"
                    if isSecret, !["file", "env", "vault"].contains(name.string) { conceal(name.string) }
                }
                guard conceal(value, isSecret: isNamed || isSecret, &visited) else { return false }
            }
            return true
        case .sequence(let sequence): return sequence.allSatisfy { conceal($0, isSecret: isSecret, &visited) }
        case .alias: return true
        }
    }

    private func conceal(_ text: String) {
        // Paths of password files are shown; one or two characters would hide everything.
        if text.count >= 3, !text.hasPrefix("/") { concealed.append(text) }
    }
}
