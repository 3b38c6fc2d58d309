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

    /// The roots of Debian's ca-certificates, in which those of the providers end.
    private static let systemRoots = "/etc/ssl/certs/ca-certificates.crt"

    @Flag(name: .long, help: "Print one JSON object a line.") var json = false
    @Option(
        name: .long,
        help: ArgumentHelp("Certificates (PEM) to trust beside the system's roots.", valueName: "file")
    )
    var trust: [String] = []
    @Argument(help: ArgumentHelp("The messages (.eml).", valueName: "file")) var files: [String]

    func run() async throws {
        let environment = CommandEnvironment.current
        var pem = try MessageFile(Self.systemRoots).contents()
        for path in trust { pem += [10] + (try MessageFile(path).contents()) }
        guard let anchors = TrustAnchors(pem: pem), anchors.count > 0 else {
            throw CommandFailure(
                "no certificate could be read from \(([Self.systemRoots] + trust).joined(separator: ", "))",
                remedy: "Install ca-certificates, or name files in PEM."
            )
        }
        var failed = false
        for path in files {
            do {
                let inspection = try Inspection(of: path, trusting: anchors, at: environment.clock.now())
                try environment.print(json ? inspection.json.text : inspection.lines.joined(separator: "\n"))
            } catch let failure as CommandFailure {
                environment.warn("ceralacca: \(failure)")
                failed = true
            }
        }
        if failed { throw SilentExit(status: ExitStatus.failed) }
    }
}
