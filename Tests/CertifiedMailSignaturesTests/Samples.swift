// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Where the public examples lie: beside the project, or where `CERALACCA_SAMPLES` says.
enum Samples {
    static let directory: URL = {
        if let path = ProcessInfo.processInfo.environment["CERALACCA_SAMPLES"] { return URL(filePath: path) }
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return root.appending(path: "../shared/pec/samples").standardizedFileURL
    }()
}
