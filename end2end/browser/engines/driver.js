// Starts the WebDriver server of one engine for one test file and stops it afterwards: free port, profile and home in a
// temporary folder, output in a log file. Sessions are in session.js.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, rmSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { eventually } from "../support/eventually.js";
import { freePort } from "../support/port.js";

// A separate process group does not receive these signals; the `exit` handlers below stop it.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));

const LOGS = fileURLToPath(new URL("../../../target/engines", import.meta.url));
const LOG_TAIL_LINES = 30;
const FOLDER_VARIABLES = ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"];
// Xvfb chooses a display number and writes it to descriptor 3.
const XVFB_ARGUMENTS = ["-displayfd", "3", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"];

/** Starts the engine's driver, and a virtual screen if the engine needs one. */
export async function startDriver(engine) {
    const folder = join(LOGS, engine.name);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    const home = await mkdtemp(join(tmpdir(), "engine-"));
    const started = [];
    const removeHome = () => rmSync(home, { recursive: true, force: true, maxRetries: 5 });
    const stop = async () => {
        for (const program of started.reverse()) await program.stop();
        process.removeListener("exit", removeHome);
        removeHome();
    };
    try {
        const log = join(folder, "driver.log");
        // Not the caller's environment: it would determine the language of the engine.
        const { PATH } = process.env;
        const environment = { PATH, LC_ALL: "C.UTF-8", ...engine.environment, HOME: home, TMPDIR: home };
        for (const name of FOLDER_VARIABLES) environment[name] = home;
        if (engine.needsScreen) {
            const screen = new Program("Xvfb", XVFB_ARGUMENTS, environment, join(folder, "screen.log"));
            started.push(screen);
            environment.DISPLAY = `:${await screen.readDisplayNumber()}`;
        }
        const port = await freePort();
        const driver = new Program(...engine.driver(port), environment, log);
        started.push(driver);
        const url = `http://127.0.0.1:${port}`;
        await eventually(async () => {
            driver.assertRunning();
            return (await (await fetch(`${url}/status`)).json()).value.ready;
        }, { description: `${engine.name}'s driver` });
        process.once("exit", removeHome);
        const logTail = async () => (await readFile(log, "utf8")).split("\n").slice(-LOG_TAIL_LINES).join("\n");
        return { url, stop, folder, logTail };
    } catch (error) {
        await stop();
        throw error;
    }
}

/** A program and its child processes, in one process group that is stopped as a whole. */
class Program {
    #child;
    #startError;
    #exited;
    #kill;

    constructor(command, options, environment, log) {
        this.#child = spawn(command, options, { detached: true, stdio: ["ignore", "pipe", "pipe", "pipe"], env: environment });
        const file = createWriteStream(log);
        this.#child.stdout.pipe(file);
        this.#child.stderr.pipe(file);
        this.#child.once("error", (error) => (this.#startError = error));
        // Resolves also if the program could not be started, which emits an error.
        this.#exited = once(this.#child, "exit").catch(() => {});
        this.#kill = () => this.#signal("SIGKILL");
        process.once("exit", this.#kill);
    }

    /** Throws if the program has exited or did not start. */
    assertRunning() {
        if (this.#startError) throw this.#startError;
        if (this.#child.exitCode !== null) throw new Error(`${this.#child.spawnfile} exited (${this.#child.exitCode})`);
    }

    /** Reads the display number from descriptor 3. */
    async readDisplayNumber() {
        return eventually(() => {
            this.assertRunning();
            return String(this.#child.stdio[3].read() ?? "").trim();
        }, { description: `the display number of ${this.#child.spawnfile}` });
    }

    async stop() {
        process.removeListener("exit", this.#kill);
        this.#signal("SIGTERM");
        await this.#exited;
        this.#kill();
    }

    #signal(signal) {
        if (this.#startError) return;
        try {
            process.kill(-this.#child.pid, signal);
        } catch (error) {
            // The process group has already exited.
            if (error.code !== "ESRCH") throw error;
        }
    }
}
