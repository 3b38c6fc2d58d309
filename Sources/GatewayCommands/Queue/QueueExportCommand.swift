// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import MailModel
internal import MailQueue
internal import NIOCore

/// `ceralacca queue export ID`.
struct QueueExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a message (.eml) to standard output or a file, octet for octet."
    )

    @OptionGroup var options: ConfigurationOptions
    @Argument(help: "The message's identifier: sixteen letters and digits.") var id: QueueIDArgument
    @Option(name: .shortAndLong, help: ArgumentHelp("The file to write; it must not exist yet.", valueName: "file"))
    var output: String?

    func run() async throws {
        try await options.withStore { _, store in
            _ = try await store.known(id.id)
            let reader = try await store.readBody(id.id)
            do {
                try await copy(reader)
                await reader.close()
            } catch {
                await reader.close()
                throw error
            }
        }
    }

    private func copy(_ reader: any BodyReader) async throws {
        let environment = CommandEnvironment.current
        guard let output else {
            while let piece = try await reader.read(upTo: 262_144) {
                try environment.write(Array(piece.readableBytesView))
            }
            return
        }
        let file = try OutputFile(output)
        while let piece = try await reader.read(upTo: 262_144) {
            try file.write(Array(piece.readableBytesView))
        }
        try file.close()
        try environment.print("\(reader.size) octets in \(output)")
    }
}
