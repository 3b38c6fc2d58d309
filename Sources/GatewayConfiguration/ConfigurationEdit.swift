// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A configuration file that is about to be replaced by a changed one: whole, or not at all.
///
/// ```swift
/// let edit = try ConfigurationEdit("/etc/ceralacca/ceralacca.yaml")
/// let staged = try edit.stage(changed(edit.text))   // beside the file, on disk, read back
/// try staged.commit()                               // or staged.discard()
/// ```
/// A symbolic link is followed and stays. Owner, group and mode of the file stay. A file that somebody else changes meanwhile is not replaced.
public struct ConfigurationEdit: Sendable {
    /// The path as it was named.
    public let path: String
    /// The file itself, links followed.
    public let target: String
    /// What stands in it.
    public let text: String

    /// Reads the file at `path`, which has to be one that may be replaced.
    public init(_ path: String) throws(ConfigurationEditError) {
        self.path = path
        guard let resolved = realpath(path, nil) else { throw Self.failure("find", path) }
        target = String(cString: resolved)
        free(resolved)
        let octets: [UInt8]
        do { octets = try SystemFile.read(target, limit: ConfigurationFile.maximumOctets) } catch {
            throw ConfigurationEditError("cannot read \(target): \(error.reason)", remedy: error.remedy)
        }
        guard let text = String(validating: octets, as: UTF8.self) else {
            throw ConfigurationEditError("\(target) is not UTF-8", remedy: "`ceralacca check` says where.")
        }
        self.text = text
        var status = stat()
        guard stat(target, &status) == 0 else { throw Self.failure("look at", target) }
        // Who runs as root may write everything: what its owner has closed is not meant to be changed.
        guard status.st_mode & S_IWUSR != 0 else {
            throw ConfigurationEditError("\(target) is read-only", remedy: "Allow it: chmod u+w \(target).")
        }
        guard access(target, W_OK) == 0 else { throw Self.failure("write", target) }
        let directory = SystemFile.directory(of: target)
        guard access(directory, W_OK | X_OK) == 0 else { throw Self.failure("write into", directory) }
    }

    /// A changed file beside the present one, on disk.
    public struct Staged: Sendable {
        fileprivate let edit: ConfigurationEdit
        fileprivate let temporary: String

        /// Puts it in the place of the present file; on disk when this returns.
        ///
        /// - Returns: nil; or, when the directory could not be brought to the disk, why: the file is in its place, and a power cut may bring the old
        ///   one back.
        /// - Throws: when the present file is still there.
        public func commit() throws(ConfigurationEditError) -> ConfigurationEditError? {
            try commit(ConfigurationEdit.synchronize)
        }

        /// `synchronize` brings a directory to the disk.
        package func commit(
            _ synchronize: (String) throws(ConfigurationEditError) -> Void
        ) throws(ConfigurationEditError) -> ConfigurationEditError? {
            let present: [UInt8]
            do { present = try SystemFile.read(edit.target, limit: ConfigurationFile.maximumOctets) } catch {
                throw ConfigurationEditError("cannot read \(edit.target) again: \(error.reason)", remedy: error.remedy)
            }
            guard present.elementsEqual(edit.text.utf8) else {
                throw ConfigurationEditError(
                    "somebody has changed \(edit.target) meanwhile",
                    remedy: "Nothing was changed: try again."
                )
            }
            guard rename(temporary, edit.target) == 0 else {
                throw ConfigurationEdit.failure("put the new file in the place of", edit.target)
            }
            do throws(ConfigurationEditError) {
                try synchronize(SystemFile.directory(of: edit.target))
            } catch { return error }
            return nil
        }

        /// Throws it away.
        public func discard() { unlink(temporary) }
    }

    /// Writes `text` beside the file, and reads it back as the configuration that it is meant to be.
    public func stage(_ text: String) throws(ConfigurationEditError) -> Staged {
        let temporary = "\(target).new.\(getpid())"
        unlink(temporary)
        do throws(ConfigurationEditError) {
            try write(text, to: temporary)
            let octets: [UInt8]
            do { octets = try SystemFile.read(temporary, limit: ConfigurationFile.maximumOctets) } catch {
                throw ConfigurationEditError("cannot read \(temporary): \(error.reason)", remedy: error.remedy)
            }
            let written = String(decoding: octets, as: UTF8.self)
            guard octets.elementsEqual(text.utf8), isRight(written) else {
                throw ConfigurationEditError(
                    "\(temporary) was not written as it should be",
                    remedy: "Look at the disk: dmesg."
                )
            }
        } catch {
            unlink(temporary)
            throw error
        }
        return Staged(edit: self, temporary: temporary)
    }

    private func isRight(_ text: String) -> Bool {
        do {
            _ = try ConfigurationFile.read(text, path: path, checkingFiles: false)
            return true
        } catch { return false }
    }

    private func write(_ text: String, to temporary: String) throws(ConfigurationEditError) {
        var status = stat()
        guard stat(target, &status) == 0 else { throw Self.failure("look at", target) }
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure("make", temporary) }
        defer { close(descriptor) }
        do throws(SystemFile.Failure) { try SystemFile.write(Array(text.utf8), to: descriptor) } catch {
            throw Self.failure("write", temporary, error)
        }
        guard fchown(descriptor, status.st_uid, status.st_gid) == 0 else {
            throw Self.failure("give the owner of \(target) to", temporary)
        }
        guard fchmod(descriptor, status.st_mode & 0o7777) == 0, fsync(descriptor) == 0 else {
            throw Self.failure("write", temporary)
        }
    }

    @Sendable fileprivate static func synchronize(_ directory: String) throws(ConfigurationEditError) {
        do throws(SystemFile.Failure) { try SystemFile.synchronize(directory) } catch {
            throw failure("synchronize", directory, error)
        }
    }

    fileprivate static func failure(
        _ action: String,
        _ path: String,
        _ cause: SystemFile.Failure = SystemFile.writingFailure(errno)
    ) -> ConfigurationEditError {
        ConfigurationEditError("cannot \(action) \(path): \(cause.reason)", remedy: cause.remedy)
    }
}

/// Why a configuration file was not replaced; it is as it was.
public struct ConfigurationEditError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, with the place.
    public let message: String
    /// What to do.
    public let remedy: String

    package init(_ message: String, remedy: String) {
        self.message = message
        self.remedy = remedy
    }

    /// What is wrong and what to do, on one line.
    public var description: String { "\(message). \(remedy)" }
}
