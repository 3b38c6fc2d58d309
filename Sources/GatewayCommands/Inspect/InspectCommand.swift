// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import CertifiedMail
internal import CertifiedMailSignatures
internal import MailModel

/// `ceralacca inspect FILE…`.
struct InspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Say offline what a PEC or REM message is and whether its signature holds.",
        discussion: "Exit code 1 when a file cannot be read; a message of any kind, damaged or not, is an answer."
    )

    @Flag(name: .long, help: "Print one JSON object a line.") var json = false
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Certificates (PEM) to trust beside AgID's authority and the system's roots.",
            valueName: "file"
        )
    )
    var trust: [String] = []
    @Argument(help: ArgumentHelp("The messages (.eml).", valueName: "file")) var files: [String]

    func run() async throws {
        let environment = CommandEnvironment.current
        var configured: [UInt8] = []
        for path in trust { configured += [10] + (try MessageFile(path).contents()) }
        let anchors = try Self.anchors(configured)
        guard trust.isEmpty || anchors.counts[.configured] != nil else {
            throw CommandFailure(
                "no certificate could be read from \(trust.joined(separator: ", "))",
                remedy: "Name files in PEM (-----BEGIN CERTIFICATE-----)."
            )
        }
        var failed = false
        var rest = files[...]
        while !rest.isEmpty {
            let batch = rest.prefix(Self.batch)
            rest = rest.dropFirst(batch.count)
            for result in await inspect(batch, trusting: anchors, at: environment.clock.now()) {
                do { try environment.print(try result.get()) } catch let failure as CommandFailure {
                    environment.warn("ceralacca: \(failure)")
                    failed = true
                }
            }
        }
        if failed { throw SilentExit(status: ExitStatus.failed) }
    }

    /// Files whose answers are held until they are printed, in the order of the files.
    private static let batch = 64

    /// Inspects a batch on all processors.
    private func inspect(
        _ batch: ArraySlice<String>,
        trusting anchors: TrustAnchors,
        at now: Timestamp
    ) async -> [Result<String, CommandFailure>] {
        await withTaskGroup(of: (Int, Result<String, CommandFailure>).self) { group in
            for (index, path) in batch.enumerated() {
                group.addTask {
                    (index, Result { () throws(CommandFailure) in try answer(path, trusting: anchors, at: now) })
                }
            }
            var answers: [(Int, Result<String, CommandFailure>)] = []
            for await answer in group { answers.append(answer) }
            return answers.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func answer(
        _ path: String,
        trusting anchors: TrustAnchors,
        at now: Timestamp
    ) throws(CommandFailure) -> String {
        let inspection = try Inspection(of: path, trusting: anchors, at: now)
        return json ? inspection.json.text : inspection.lines.joined(separator: "\n")
    }

    /// The system's roots where there are any, AgID's authority, and those given.
    private static func anchors(_ configured: [UInt8]) throws(CommandFailure) -> TrustAnchors {
        var system: [UInt8] = []
        do { system = try MessageFile(TrustAnchors.systemBundle).contents() } catch {
            CommandEnvironment.current.warn(
                "ceralacca: \(error) Chains of older messages may not be trusted: install ca-certificates."
            )
        }
        guard let anchors = TrustAnchors(system: system, configured: configured) else {
            throw CommandFailure("there is no memory for the trust anchors", remedy: "Free memory.")
        }
        return anchors
    }
}
