import { found, saidBy, well, type Diagnosis } from './diagnosis.ts'
import type { JournalView } from './journal-view.ts'
import type { Patient } from './patient.ts'
import { reach } from './reach.ts'

const SMTP_PORTS: Readonly<Record<string, number>> = { 'smtp:': 587, 'smtps:': 465 }
const HTTP_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 }
/** Partners called at once, and at most. */
const MOST_PARTNERS = 100
const DAY = 86_400_000

/** What the gateway calls: the mail server, partners; and what became of its calls. */
export async function examineOutside(patient: Patient): Promise<readonly Diagnosis[]> {
  const view = await patient.journal().catch(() => undefined)
  const [mail, called, failing] = await Promise.all([
    mailServer(patient.config.mail.server),
    view === undefined ? [] : partners(view).catch(() => []),
    view === undefined ? [] : deliveries(view, patient.machine.now()).catch(() => []),
  ])
  return [...mail, ...called, ...failing]
}

async function mailServer(server: string): Promise<Diagnosis[]> {
  const url = URL.parse(server)
  if (url === null) return []
  const port = url.port === '' ? (SMTP_PORTS[url.protocol] ?? 25) : Number(url.port)
  try {
    // Inside TLS the server speaks once the handshake is over.
    const line = await reach(url.hostname, port, { isGreeted: url.protocol === 'smtp:' })
    return [
      well({ en: 'mail server', fr: 'serveur de messagerie' }, line || `${url.hostname}:${port}`),
    ]
  } catch (error) {
    return [found('mail-unreachable', saidBy(error))]
  }
}

interface Address {
  readonly code: string
  readonly host: string
  readonly port: number
}

async function partners(view: JournalView): Promise<Diagnosis[]> {
  const rows = await view.read(
    `select application_code, protocol, running_json from connections
      where state = 'ACTIVATED' and protocol in ('as2', 'pesit') and running_json is not null
      order by application_code limit ${MOST_PARTNERS}`,
  )
  const addresses = rows.flatMap((row) => {
    const address = addressIn(String(row['running_json']), String(row['protocol']))
    return address === undefined ? [] : [{ code: String(row['application_code']), ...address }]
  })
  const answers = await Promise.all(addresses.map(callPartner))
  const wrong = answers.flat()
  return addresses.length === 0 || wrong.length > 0
    ? wrong
    : [
        well(
          { en: 'partners', fr: 'partenaires' },
          { en: `${addresses.length} reached`, fr: `${addresses.length} joints` },
        ),
      ]
}

async function callPartner({ code, host, port }: Address): Promise<Diagnosis[]> {
  try {
    await reach(host, port)
    return []
  } catch (error) {
    return [found('partner-unreachable', `${code} ${saidBy(error)}`)]
  }
}

/** Where the form in force says that return flows are to be brought. */
function addressIn(form: string, protocol: string): Omit<Address, 'code'> | undefined {
  const { network } = JSON.parse(form) as {
    readonly network?: {
      readonly as2?: { readonly url?: string }
      readonly pesit?: { readonly host?: string; readonly port?: number }
    }
  }
  if (protocol === 'pesit') {
    const { host, port } = network?.pesit ?? {}
    return host === undefined || port === undefined ? undefined : { host, port }
  }
  const url = URL.parse(network?.as2?.url ?? '')
  if (url === null) return undefined
  const host = url.hostname.replace(/^\[|\]$/g, '')
  return { host, port: url.port === '' ? (HTTP_PORTS[url.protocol] ?? 80) : Number(url.port) }
}

async function deliveries(view: JournalView, now: number): Promise<Diagnosis[]> {
  const rows = await view.read(
    `select application_code, count(*) as count from deliveries
      join return_flows on return_flows.id = deliveries.return_flow_id
      join connections on connections.id = return_flows.connection_id
      where outcome = 'failed' and deliveries.at >= ${Math.floor(now - DAY)}
      group by application_code order by count(*) desc limit ${MOST_PARTNERS}`,
  )
  return rows.map((row) =>
    found('delivery-failing', `${String(row['application_code'])}: ${String(row['count'])}`),
  )
}
