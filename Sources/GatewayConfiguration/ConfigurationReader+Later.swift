// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

extension ConfigurationReader {
    /// Reads the sections that this version understands in shape only.
    ///
    /// What would break a promise is a mistake, the rest a warning.
    func readLater(_ top: inout Section) {
        for (key, what) in [("dashboard", "the dashboard"), ("metrics", "the metrics page")] {
            guard let field = top.field(key), var section = field.section("a mapping with the key address") else {
                continue
            }
            _ = section.required("address", "an address with a port")?.socketAddress()
            section.finish()
            field.warning("\(what) is not available in this version: the section has no effect")
        }
    }
}
