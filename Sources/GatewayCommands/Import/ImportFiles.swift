// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import ClassicImport
internal import GatewayConfiguration
internal import Glibc

/// Files as `import` reads and writes them.
enum ImportFiles {
    /// The way to the files of the classic stack.
    static let reading = ClassicFiles(
        read: { path throws(ClassicFileError) in
            do throws(SystemFile.Failure) { return try SystemFile.read(path, limit: 16_777_216) } catch {
                throw ClassicFileError(error.reason)
            }
        },
        names: { directory in names(directory) },
        isOpenToOthers: { path in SystemFile.facts(path)?.isOpenToOthers ?? false }
    )

    /// The path from the root.
    static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let buffer = getcwd(nil, 0) else { return path }
        defer { free(buffer) }
        return "\(String(cString: buffer))/\(path)"
    }

    /// The name of this machine.
    static func hostname() -> String {
        var facts = utsname()
        guard uname(&facts) == 0 else { return "localhost.localdomain" }
        let name = withUnsafeBytes(of: &facts.nodename) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return HostName.isValid(name) ? name : "localhost.localdomain"
    }

    /// True when something has this name, be it a link that leads nowhere.
    static func isThere(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// Writes a file (0640) for the group of the state directory's owner; it appears whole, and its octets and its name are on disk when this
    /// returns. A file that is there is written over when `replaces` says so, and stays beside it as `….bak`; otherwise nothing is written.
    /// `synchronize` brings the names in a directory to the disk.
    static func write(
        _ text: String,
        to path: String,
        state: String,
        replaces: Bool,
        synchronize: (String) throws(SystemFile.Failure) -> Void = SystemFile.synchronize
    ) throws(CommandFailure) {
        let temporary = "\(path).\(getpid()).new"
        _ = unlink(temporary)
        do throws(CommandFailure) {
            try make(temporary, text, state)
            try put(temporary, inPlaceOf: path, replaces)
        } catch {
            unlink(temporary)
            throw error
        }
        let directory = SystemFile.directory(of: path)
        do throws(SystemFile.Failure) { try synchronize(directory) } catch {
            throw CommandFailure(
                "\(path) is written, but a power cut may take it back: cannot synchronize \(directory): \(error.reason)",
                remedy: "Look at the disk (dmesg), and run this again with --force."
            )
        }
    }

    /// Makes the file `path` with `text` in it, on disk.
    private static func make(_ path: String, _ text: String, _ state: String) throws(CommandFailure) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw failure("create", path) }
        defer { close(descriptor) }
        var status = stat()
        // Whoever is not root keeps his own group.
        if stat(state, &status) == 0, geteuid() == 0 {
            guard fchown(descriptor, 0, status.st_gid) == 0 else { throw failure("give away", path) }
        }
        try fill(descriptor, with: text, path)
        guard fchmod(descriptor, 0o640) == 0, fsync(descriptor) == 0 else { throw failure("write", path) }
    }

    /// Writes `text` into the open file `path`.
    static func fill(_ descriptor: Int32, with text: String, _ path: String) throws(CommandFailure) {
        do throws(SystemFile.Failure) { try SystemFile.write(Array(text.utf8), to: descriptor) } catch {
            throw failure("write", path, error)
        }
    }

    private static func put(
        _ temporary: String,
        inPlaceOf path: String,
        _ replaces: Bool
    ) throws(CommandFailure) {
        guard replaces, isThere(path) else {
            // A link never goes over what appeared meanwhile, as a rename would.
            guard link(temporary, path) == 0 else { throw failure("write", path) }
            unlink(temporary)
            return
        }
        let old = "\(path).bak"
        guard unlink(old) == 0 || errno == ENOENT, link(path, old) == 0 else {
            throw failure("keep the old file as", old)
        }
        guard rename(temporary, path) == 0 else { throw failure("rename to \(path)", temporary) }
    }

    private static func names(_ directory: String) -> [String] {
        guard let handle = opendir(directory) else { return [] }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle), names.count < 10_000 {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
            )
        }
        return names
    }

    private static func failure(
        _ action: String,
        _ path: String,
        _ cause: SystemFile.Failure = SystemFile.writingFailure(errno)
    ) -> CommandFailure {
        CommandFailure(
            "cannot \(action) \(path): \(cause.reason)",
            remedy: "\(cause.remedy.isEmpty ? "" : "\(cause.remedy) ")What is in the vault stays; run it again."
        )
    }
}
