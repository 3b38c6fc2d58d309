// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestLab

if let missing = CertifiedProvider.missing {
    print("scripts/bench: \(missing)")
    exit(1)
}
let known = ["relay", "submission", "retrieval", "memory", "scanning", "crowd", "idle"]
let asked = CommandLine.arguments.dropFirst().isEmpty ? known : Array(CommandLine.arguments.dropFirst())
guard asked.allSatisfy(known.contains) else {
    print("usage: scripts/bench [\(known.joined(separator: "|")) …]")
    exit(64)
}
do {
    let bench = try await Bench()
    var measured: [Measurement] = []
    do {
        for name in asked {
            switch name {
            case "relay": measured += try await bench.relay()
            case "submission": measured += try await bench.certifiedSubmission()
            case "retrieval": measured += try await bench.retrieval()
            case "scanning": measured += try await bench.scanning()
            case "crowd": measured += try await bench.crowd()
            case "idle": measured += try await bench.idle()
            default: measured += try await bench.memory()
            }
        }
    } catch {
        await bench.end()
        throw error
    }
    await bench.end()
    print("---")
    for measurement in measured { print(measurement.line) }
    exit(measured.allSatisfy(\.isKept) ? 0 : 1)
} catch {
    print("scripts/bench: \(error)")
    exit(1)
}
