import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export const OPENAS2_VERSION = '2.10.1'

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>test</groupId><artifactId>test</artifactId><version>1</version><dependencies><dependency>
<groupId>net.sf.openas2</groupId><artifactId>openas2-server</artifactId><version>${OPENAS2_VERSION}</version>
</dependency></dependencies></project>
`

/** The folder with the jars of OpenAS2; undefined where Java or Maven is missing, or they cannot be had. */
export async function installOpenAs2(): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'raccord-openas2-'))
  await writeFile(join(folder, 'pom.xml'), POM)
  const isThere = spawnSync('java', ['-version'], { stdio: 'ignore' }).status === 0
  const copied = isThere
    ? spawnSync('mvn', ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=lib'], {
        cwd: folder,
        stdio: 'ignore',
        timeout: 300_000,
      })
    : undefined
  if (copied?.status === 0) return folder
  await rm(folder, { recursive: true, force: true, maxRetries: 10 })
  return undefined
}

/** How it sends to one partner: attributes of its partnership. */
export interface OpenAs2Way {
  readonly partner: string
  readonly attributes: Readonly<Record<string, string>>
}

export interface OpenAs2Order {
  readonly jars: string
  readonly folder: string
  /** PKCS#12 with its key under `openas2` and ours under `raccord`, password `changeit`. */
  readonly keyStore: string
  readonly port: number
  readonly receiptPort: number
  /** Where we are. */
  readonly url: string
  readonly ways: readonly OpenAs2Way[]
}

export const OPENAS2_ID = 'OPENAS2'

/** A running OpenAS2: files put under `out/PARTNER` are sent, payloads land in `in`. */
export class OpenAs2Peer {
  readonly #process: ChildProcess
  readonly #folder: string

  private constructor(process: ChildProcess, folder: string) {
    this.#process = process
    this.#folder = folder
  }

  static async start(order: OpenAs2Order): Promise<OpenAs2Peer> {
    const { folder } = order
    for (const { partner } of order.ways) {
      await mkdir(join(folder, 'out', partner), { recursive: true })
    }
    await writeFile(join(folder, 'config.xml'), configOf(order))
    await writeFile(join(folder, 'partnerships.xml'), partnershipsOf(order))
    const jars = join(order.jars, 'lib', '*')
    const args = ['-cp', jars, 'org.openas2.app.OpenAS2Server', join(folder, 'config.xml')]
    const child = spawn('java', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    const started = Promise.withResolvers<void>()
    const said: string[] = []
    for (const output of [child.stdout, child.stderr]) {
      createInterface(output).on('line', (line) => {
        if (said.length < 1_000) said.push(line)
        if (/Server v\S+ started/.test(line)) started.resolve()
      })
    }
    child.once('exit', () => started.reject(new Error(said.slice(-20).join('\n'))))
    await started.promise
    return new OpenAs2Peer(child, folder)
  }

  /** Has it send a file; it is picked up within seconds. */
  async put(partner: string, name: string, content: Buffer): Promise<void> {
    const whole = join(this.#folder, name)
    await writeFile(whole, content)
    // Seen at once, or not at all: it looks every second.
    await rename(whole, join(this.#folder, 'out', partner, name))
  }

  /** Names of files whose receipts it is content with. */
  sent(): Promise<readonly string[]> {
    return readdir(join(this.#folder, 'sent')).catch(() => [])
  }

  received(name: string): string {
    return join(this.#folder, 'in', name)
  }

  async stop(): Promise<void> {
    const ended = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await ended
  }
}

function configOf({ keyStore, folder, port, receiptPort, ways }: OpenAs2Order): string {
  const at = (name: string): string => join(folder, name)
  const module = (name: string, attributes: Readonly<Record<string, string>>): string =>
    `<module classname="org.openas2.processor.${name}" ${Object.entries(attributes)
      .map(([key, value]) => `${key}="${value}"`)
      .join(' ')}/>`
  const pollers = ways.map(({ partner }) =>
    module('receiver.AS2DirectoryPollingModule', {
      outboxdir: at(`out/${partner}`),
      errordir: at('out-error'),
      sentdir: at('sent'),
      interval: '1',
      delay: '1',
      defaults: `sender.as2_id=${OPENAS2_ID}, receiver.as2_id=${partner}`,
      sendfilename: 'true',
      mimetype: 'application/octet-stream',
    }),
  )
  return `<openas2><properties/>
<certificates classname="org.openas2.cert.PKCS12CertificateFactory" filename="${keyStore}" password="changeit" interval="300"/>
<partnerships classname="org.openas2.partner.XMLPartnershipFactory" filename="${at('partnerships.xml')}"/>
<processor classname="org.openas2.processor.DefaultProcessor" pendingMDN="${at('pending')}" pendingMDNinfo="${at('pending-info')}">
${module('sender.AS2SenderModule', { retries: '1', connecttimeout: '30000', readtimeout: '30000' })}
${module('sender.MDNSenderModule', {})}
${module('storage.MDNFileModule', { filename: at('mdn/$mdn.msg.headers.message-id$'), protocol: 'as2', tempdir: at('temp') })}
${module('storage.MessageFileModule', { filename: at('in/$msg.content-disposition.filename$'), protocol: 'as2', tempdir: at('temp') })}
${module('receiver.AS2ReceiverModule', { port: String(port), errordir: at('error'), errorformat: 'sender.as2_id, receiver.as2_id, headers.message-id' })}
${module('receiver.AS2MDNReceiverModule', { port: String(receiptPort) })}
${pollers.join('\n')}
</processor></openas2>
`
}

function partnershipsOf({ ways, url, port }: OpenAs2Order): string {
  const attributes = (values: Readonly<Record<string, string>>): string =>
    Object.entries(values)
      .map(([name, value]) => `<attribute name="${name}" value="${value}"/>`)
      .join('')
  const between = (sender: string, receiver: string, values: Readonly<Record<string, string>>) =>
    `<partnership name="${sender}-to-${receiver}"><sender name="${sender}"/><receiver name="${receiver}"/>${attributes(
      { protocol: 'as2', prevent_canonicalization_for_mic: 'true', ...values },
    )}</partnership>`
  const partner = (name: string, alias: string): string =>
    `<partner name="${name}" as2_id="${name}" x509_alias="${alias}" email="edi@${alias}.example"/>`
  return `<partnerships>
${partner(OPENAS2_ID, 'openas2')}
${ways.map((way) => partner(way.partner, 'raccord')).join('\n')}
${ways
  .map((way) =>
    between(OPENAS2_ID, way.partner, {
      content_transfer_encoding: 'binary',
      subject: '$attributes.filename$',
      as2_url: url,
      as2_mdn_to: 'edi@openas2.example',
      ...way.attributes,
    }),
  )
  .join('\n')}
${ways.map((way) => between(way.partner, OPENAS2_ID, { as2_url: `http://127.0.0.1:${port}/` })).join('\n')}
</partnerships>
`
}
