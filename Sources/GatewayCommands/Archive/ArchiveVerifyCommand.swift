// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Crypto
internal import MailModel
internal import MailQueue
internal import NIOCore

/// `ceralacca archive verify`.
struct ArchiveVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Read the archive and say what is missing or changed.",
        discussion:
            "Every message is read, its SHA-256 compared, and the chain of each day made again. The exit status is 1 when something is wrong."
    )

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var listing: ListingOptions
    @OptionGroup var days: DayOptions

    func run() async throws {
        let environment = CommandEnvironment.current
        let count = try await options.withStore { _, store in
            var verification = ArchiveVerification(
                days: try await store.archiveDays(),
                from: days.from?.text,
                to: days.to?.text
            )
            var begun: String?
            let selection = ArchiveSelection(from: days.from?.text, to: days.to?.text)
            try await store.forEachEntry(selection) { entry in
                // What the gateway has added since is for the next time; a day that it does not know either is not its work.
                if !verification.knows(entry) {
                    guard entry.day != begun else { return }
                    begun = entry.day
                    guard try await !store.archiveDays().contains(where: { $0.day == entry.day }) else { return }
                }
                let found = verification.take(entry, problem: try await store.problem(of: entry))
                if !found.isEmpty { try tell(verification.excuse(found, try await store.archiveDays())) }
            }
            let found = verification.finish()
            if !found.isEmpty { try tell(verification.excuse(found, try await store.archiveDays())) }
            guard !listing.json else { return verification.problems }
            for line in verification.summary { try environment.print(line) }
            return verification.problems
        }
        guard count == 0 else {
            environment.warn(
                "ceralacca: \(PlainText.count(count, "entry", "entries")) of the archive missing or changed. Stop nothing and delete "
                    + "nothing; restore these days beside it from a backup and compare (docs/operations.md)."
            )
            throw SilentExit(status: ExitStatus.failed)
        }
    }

    private func tell(_ problems: [ArchiveVerification.Problem]) throws {
        for problem in problems {
            try CommandEnvironment.current.print(listing.json ? problem.json.text : problem.line)
        }
    }
}

extension ArchiveStore {
    /// Reads an entry and hands each piece to `each`.
    ///
    /// - Returns: how many octets it has, and their SHA-256 in lower-case hexadecimal.
    func digest(
        of entry: ArchiveEntry,
        each: (ByteBuffer) throws -> Void = { _ in }
    ) async throws -> (octets: Int, digest: String) {
        let reader = try await readArchived(entry)
        do {
            var (octets, hash) = (0, SHA256())
            while let piece = try await reader.read(upTo: 262_144) {
                octets += piece.readableBytes
                piece.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
                try each(piece)
            }
            await reader.close()
            return (octets, Hexadecimal.lowerCase(hash.finalize()))
        } catch {
            await reader.close()
            throw error
        }
    }

    /// What is wrong with the octets of an entry, in words; nil when they are those that were handed over.
    ///
    /// - Throws: what is wrong with this moment and not with the archive.
    func problem(of entry: ArchiveEntry, each: (ByteBuffer) throws -> Void = { _ in }) async throws -> String? {
        do {
            let found = try await digest(of: entry, each: each)
            guard found.octets == entry.size else {
                return "has \(found.octets) octets, the archive says \(entry.size)"
            }
            return found.digest == entry.digest ? nil : "its octets have another SHA-256 than the archive says"
        } catch let error as QueueError where error.code == .notFound || error.code == .inputOutput {
            return "its octets cannot be read: \(error.message)"
        }
    }
}
