// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// An instance of Debian's rspamd in a directory of its own: one worker, no network, no DNS, GTUBE and the rules below.
///
/// | header field of the message | what the rules do |
/// | --- | --- |
/// | `X-Test-Score: 6.5` | give that score |
/// | `X-Test-Action: soft reject` | ask for that action |
/// | `X-Test-Result: yes` | add `Authentication-Results` and `X-Rspamd-Facts` (what rspamd was told), take out `X-Spam` |
package final class Rspamd: Sendable {
    /// What every spam filter knows.
    package static let gtube = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"

    /// The worker's port on 127.0.0.1.
    package let port = Ports.take()
    /// The worker's socket in the file system.
    package var socket: String { "\(directory)/worker.sock" }
    /// As `scanners.rspamd` names it.
    package var address: String { "http://127.0.0.1:\(port)" }

    private let directory: String
    private let process = Box()

    /// Writes configuration and rules.
    package init(in directory: String) throws(LabError) {
        self.directory = directory
        try Files.makeDirectory(directory)
        try Files.write("com\nit\ntest\n", to: "\(directory)/tlds")
        try Files.write(Self.rules, to: "\(directory)/rules.lua")
        try Files.write(configuration, to: "\(directory)/rspamd.conf")
    }

    /// Starts it; returns when it answers.
    package func start() async throws {
        let started = try ChildProcess(
            "rspamd",
            ["-f", "-i", "-u", "root", "-g", "root", "-c", "\(directory)/rspamd.conf"],
            log: "\(directory)/rspamd.out"
        )
        process.set(started)
        guard try await Ports.waitForAnswer(port, unless: { started.ending != nil }) else {
            throw LabError("rspamd does not answer: \(started.tail())")
        }
    }

    /// Stops it.
    package func stop() async {
        guard let running = process.take() else { return }
        running.signal(SIGTERM)
        if await running.wait(within: .seconds(10)) == nil { running.signal(SIGKILL) }
    }

    private var configuration: String {
        """
        options {
          pidfile = "\(directory)/rspamd.pid";
          filters = "";
          cache_file = "\(directory)/symbols.cache";
          history_file = "\(directory)/history";
          stats_file = "\(directory)/stats";
          tempdir = "\(directory)";
          hs_cache_dir = "\(directory)";
          url_tld = "\(directory)/tlds";
          control_socket = "\(directory)/control.sock mode=0600";
          dns { nameserver = ["127.0.0.1:9"]; timeout = 0.1s; retransmits = 1; }
        }
        logging { type = "console"; level = "warning"; }
        worker "normal" { bind_socket = ["127.0.0.1:\(port)", "\(socket) mode=0666"]; count = 1; mime = true; }
        actions {
          reject = 15; rewrite_subject = 10; add_header = 6; greylist = 4;
          quarantine = { flags = ["no_threshold"]; } discard = { flags = ["no_threshold"]; }
        }
        group "test" { symbols { "TEST_SCORE" { score = 1.0; } "TEST_RESULT" { score = 0.0; } } }
        lua = "\(directory)/rules.lua"

        """
    }

    private static let rules = """
        rspamd_config.TEST_SCORE = function(task)
          local score = task:get_header('X-Test-Score')
          if score then return true, tonumber(score) end
        end
        rspamd_config.TEST_RESULT = function(task)
          local action = task:get_header('X-Test-Action')
          if action then task:set_pre_result(action, 'asked for by a rule', 'test') end
          if task:get_header('X-Test-Result') then
            local from = (task:get_from('smtp') or {{ addr = 'nobody' }})[1].addr
            local rcpts = {}
            for _, rcpt in ipairs(task:get_recipients('smtp') or {}) do table.insert(rcpts, rcpt.addr) end
            table.sort(rcpts)
            task:set_milter_reply({
              add_headers = {
                ['Authentication-Results'] = { value = 'relay.azienda.test; spf=pass\\r\\n\\tsmtp.mailfrom=' .. from, order = 0 },
                ['X-Rspamd-Facts'] = { value = table.concat({ tostring(task:get_from_ip()), tostring(task:get_helo()),
                  tostring(task:get_hostname()), tostring(task:get_user()), table.concat(rcpts, ',') }, ' '), order = 1 },
              },
              remove_headers = { ['X-Spam'] = 0, ['X-Twice'] = -1 },
            })
          end
          return false
        end

        """
}
