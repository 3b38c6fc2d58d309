// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import GatewayConfiguration
internal import GatewayRuntime
internal import MailQueue

/// The program `ceralacca` behind its `main`.
public enum CommandLineProgram {
    /// Runs the command as all that this process does. Its memory, which may hold passwords, is kept to itself first (P7).
    public static func main(_ arguments: [String]) async -> Int32 {
        do throws(GatewayError) { try ProcessMemory.protect() } catch {
            CommandEnvironment.current.warn("ceralacca: \(error)")
            return ExitStatus.failed
        }
        return await run(arguments)
    }

    /// Runs the command that `arguments` name, without the program's own name.
    public static func run(_ arguments: [String]) async -> Int32 {
        let environment = CommandEnvironment.current
        do {
            var command = try RootCommand.parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            return ExitStatus.done
        } catch let error as SilentExit {
            return error.status
        } catch let error as ConfigurationError {
            for remark in error.warnings { environment.warn("\(remark.description) (warning)") }
            for remark in error.mistakes { environment.warn(remark.description) }
            environment.warn("ceralacca: \(PlainText.count(error.mistakes.count, "mistake")) in the configuration")
            return ExitStatus.configuration
        } catch let error as CommandFailure {
            environment.warn("ceralacca: \(error)")
            return ExitStatus.failed
        } catch let error as QueueError {
            environment.warn("ceralacca: \(error)")
            return ExitStatus.failed
        } catch {
            return finish(error, environment)
        }
    }

    /// What the argument parser throws (help that was asked for, or a mistake in the usage), and errors of no kind above.
    private static func finish(_ error: any Error, _ environment: CommandEnvironment) -> Int32 {
        let text = RootCommand.fullMessage(for: error)
        let status = RootCommand.exitCode(for: error).rawValue
        guard status == ExitStatus.done else {
            environment.warn(status == ExitStatus.failed ? "ceralacca: \(error)" : text)
            return status
        }
        do { try environment.print(text) } catch { return ExitStatus.failed }
        return ExitStatus.done
    }
}
