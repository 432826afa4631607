#!/usr/bin/env node
// The entry of the `raccord` command. Plain JavaScript that parses on Node 14, because its first
// duty is to find a Node that can run the rest: the running one when it is new enough, else the
// one that npm installed as an optional platform package. Nothing else belongs here.
import { spawn } from 'child_process'
import { existsSync } from 'fs'
import { createRequire } from 'module'
import { constants } from 'os'
import { dirname, join } from 'path'
import { fileURLToPath } from 'url'

const NEEDED_MAJOR = 24
/**
 * Room for young objects, in every thread: at full wire speed the default lets the heap grow far
 * past its need. Measured with 512 MB uploads: 1 promotes what should die young, 4 and more only
 * cost memory.
 */
const SEMI_SPACE_MIB = 2

/**
 * Room for the heap to grow between full collections, over what is in use. V8 counts the buffers
 * of transfers in it, and with its default collects the whole heap fifteen times a second while
 * one upload runs.
 */
const HEAP_GROWING_PERCENT = 150

const runningMajor = Number(process.versions.node.split('.')[0])
const memoryFlags = [
  `--max-semi-space-size=${SEMI_SPACE_MIB}`,
  `--heap-growing-percent=${HEAP_GROWING_PERCENT}`,
]
const isFlagged = process.execArgv.some((flag) => flag.startsWith('--max-semi-space-size'))
const entry = fileURLToPath(import.meta.url)
const args = [...memoryFlags, ...process.execArgv, entry, ...process.argv.slice(2)]
/** In a checkout, stripped sources are kept beside the packages: threads start faster and smaller. */
const cacheFolder = fileURLToPath(new URL('../../node_modules/.cache/raccord', import.meta.url))
const compileCache = existsSync(fileURLToPath(new URL('../../node_modules', import.meta.url)))
  ? { NODE_COMPILE_CACHE: cacheFolder }
  : {}
/**
 * One heap of malloc (glibc) for all threads: with one for each, every thread keeps what it freed.
 * After 4,000 AS2 messages of 20 KB: 247 MiB in place of 322.
 */
const environment = Object.assign({ MALLOC_ARENA_MAX: '1' }, compileCache, process.env)

if (runningMajor >= NEEDED_MAJOR && (isFlagged || process.platform === 'win32')) {
  runHere()
} else if (runningMajor >= NEEDED_MAJOR && typeof process.execve === 'function') {
  process.execve(process.execPath, [process.execPath, ...args], environment)
} else if (runningMajor >= NEEDED_MAJOR) {
  runHere()
} else {
  const node = installedNode()
  if (node === undefined) {
    process.stderr.write(
      `raccord needs Node ${NEEDED_MAJOR} or newer and this is ${process.versions.node}: install a newer Node, or run npm install without --omit=optional.\n`,
    )
    process.exitCode = 2
  } else {
    runOn(node)
  }
}

/** Imports the program: sources in a checkout, what `npm run build` made in the package. */
function runHere() {
  const source = new URL('./program.ts', import.meta.url)
  const built = new URL('../../dist/gateway/cli/program.js', import.meta.url)
  const program = existsSync(fileURLToPath(source)) ? source : built
  import(program.href)
    .then((module) => module.run(process.argv.slice(2)))
    .catch((error) => {
      process.stderr.write(`raccord: ${error && error.stack ? error.stack : error}\n`)
      process.exitCode = 70
    })
}

/** Path of the Node that npm brought as an optional platform package, if it did. */
function installedNode() {
  const platform = process.platform === 'win32' ? 'win' : process.platform
  const name = `node-${platform}-${process.arch}`
  try {
    const folder = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`))
    const path = join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
    return existsSync(path) ? path : undefined
  } catch {
    return undefined
  }
}

/** Runs this same entry on `node`, passing on signals one way and the exit code the other. The
 *  IPC channel tells the child when this process dies, whatever killed it. */
function runOn(node) {
  const child = spawn(node, args, {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: environment,
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal))
  }
  child.on('error', (error) => {
    process.stderr.write(`raccord could not start ${node}: ${error.message}\n`)
    process.exitCode = 2
  })
  child.on('exit', (code, signal) => {
    process.exit(code === null ? 128 + (constants.signals[signal] || 0) : code)
  })
}
