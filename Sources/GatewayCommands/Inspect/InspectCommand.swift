// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import CertifiedMail
internal import CertifiedMailSignatures
internal import GatewayConfiguration
internal import MailModel

/// `ceralacca inspect FILE…`.
struct InspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Say offline what a PEC or REM message is and whether its signature holds.",
        discussion: """
            Trusted are the system's roots and what is bundled: \(BundledLists.dates). With --config what `certified` says of trust, \
            provider domains and replaced anchors counts as for the gateway; without it no configuration is looked for.
            Exit code 1 when a file cannot be read; a message of any kind, damaged or not, is an answer.
            """
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
    @Option(
        name: .long,
        help: ArgumentHelp("A configuration whose `certified` part is followed.", valueName: "file")
    )
    var config: String?
    @Argument(help: ArgumentHelp("The messages (.eml).", valueName: "file")) var files: [String]

    func run() async throws {
        let environment = CommandEnvironment.current
        let judges = try judges()
        var failed = false
        var rest = files[...]
        while !rest.isEmpty {
            let batch = rest.prefix(Self.batch)
            rest = rest.dropFirst(batch.count)
            for result in await inspect(batch, trusting: judges, at: environment.clock.now()) {
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
        trusting judges: Judges,
        at now: Timestamp
    ) async -> [Result<String, CommandFailure>] {
        await withTaskGroup(of: (Int, Result<String, CommandFailure>).self) { group in
            for (index, path) in batch.enumerated() {
                group.addTask {
                    (index, Result { () throws(CommandFailure) in try answer(path, trusting: judges, at: now) })
                }
            }
            var answers: [(Int, Result<String, CommandFailure>)] = []
            for await answer in group { answers.append(answer) }
            return answers.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func answer(
        _ path: String,
        trusting judges: Judges,
        at now: Timestamp
    ) throws(CommandFailure) -> String {
        let inspection = try Inspection(of: path, trusting: judges, at: now)
        return json ? inspection.json.text : inspection.lines.joined(separator: "\n")
    }

    /// Whose signatures are believed: what is bundled, what the configuration says, and what is given.
    private func judges() throws -> Judges {
        let certified = try config.map { try ConfigurationFile.load($0, checkingFiles: false).configuration.certified }
        let paths = trust + (certified?.trust.map { [$0] } ?? [])
        var configured: [UInt8] = []
        for path in paths { configured += [10] + (try MessageFile(path).contents()) }
        let replaces = certified?.replacesAnchors == true
        let anchors =
            replaces
            ? TrustAnchors(pem: configured) : TrustAnchors(system: systemRoots(), configured: configured)
        guard let anchors else {
            throw CommandFailure("there is no memory for the trust anchors", remedy: "Free memory.")
        }
        guard paths.isEmpty || anchors.counts[.configured] != nil else {
            throw CommandFailure(
                "no certificate could be read from \(paths.joined(separator: ", "))",
                remedy: "Name files in PEM (-----BEGIN CERTIFICATE-----)."
            )
        }
        let domains = replaces ? ProviderDomains.none : ProviderDomains.bundled
        return Judges(anchors: anchors, providers: domains.adding(certified?.providerDomains ?? []))
    }

    /// The system's roots; none where they cannot be read.
    private func systemRoots() -> [UInt8] {
        do { return try MessageFile(TrustAnchors.systemBundle).contents() } catch {
            CommandEnvironment.current.warn(
                "ceralacca: \(error) Chains of older messages may not be trusted: install ca-certificates."
            )
            return []
        }
    }
}

/// Whose signatures `inspect` believes.
struct Judges: Sendable {
    var anchors: TrustAnchors
    var providers = ProviderDomains.bundled
}
