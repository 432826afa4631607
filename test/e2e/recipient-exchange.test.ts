// A public recipient on each protocol: it is sent the invoices, as UBL and as the pivot, reports on the
// flow, and moves its invoices; its clients share no code with the gateway.
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { recommendedName } from '../../config/flow-name.ts'
import { configSchema } from '../../config/schema.ts'
import { machineActor } from '../../gateway/accounts/actor.ts'
import { ApiClient } from '../../gateway/cli/api-client.ts'
import type { InvoiceDocument } from '../../gateway/life-cycle/life-cycle.ts'
import { startGateway } from '../../gateway/main.ts'
import { archiveBytes } from '../../processing/archives/write-archive.ts'
import { makeCppDocument } from '../../processing/formats/cpp/sample.ts'
import { archiveFiles } from '../support/archive-files.ts'
import type { ExchangePartner, TakenFlow } from '../support/exchange/exchange-way.ts'
import { EXCHANGE_WAYS } from '../support/exchange/exchange-ways.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** A structure of the fictional data set. */
const RECIPIENT = '00000000005719'
const NUMBERS = ['C-1', 'C-2'] as const

/** The recipient's own document, written by hand: one invoice received, the other refused. */
const REPORT = `<?xml version="1.0" encoding="UTF-8"?>
<CPPStatut Version="V1_19"><Enveloppe><EnveloppeUnitaire NumOrdre="1"><Parametres>
<ParametreIndiv NumOrdre="0001"><Code>DtPrd</Code><Valeurparametre>1</Valeurparametre></ParametreIndiv>
<ParametreIndiv NumOrdre="0002"><Code>IdFlx</Code><Valeurparametre>1</Valeurparametre></ParametreIndiv></Parametres>
<Partenaires><Recepteur><Id>CPP001</Id></Recepteur><Emetteur><Id>REC001</Id></Emetteur></Partenaires>
</EnveloppeUnitaire></Enveloppe><CPPFluxStatuts compteur="1"><CPPFluxStatutUnitaire NumOrdre="1"><DonneesStatut>
<IdStatut>96</IdStatut><Horodatage>2026-11-22T10:00:00Z</Horodatage><IdFlux>1</IdFlux><Details NbLignesErreur="1">
<LigneErreurDetail IdLigne="2"><NatureErreur>X</NatureErreur><CodeErreur>X1</CodeErreur>
<LibelleErreur>Service inconnu</LibelleErreur><DescriptionErreur>numeroDP=C-2</DescriptionErreur></LigneErreurDetail>
</Details></DonneesStatut></CPPFluxStatutUnitaire></CPPFluxStatuts></CPPStatut>`

async function taken(partner: ExchangePartner, start: string): Promise<TakenFlow> {
  for (;;) {
    const flow = await partner.take(start)
    if (flow !== undefined) return flow
    await sleep(50)
  }
}

describe.each(EXCHANGE_WAYS)('over $name', (way) => {
  test.skipIf(!way.isHere)(
    'a recipient gets the invoices in both formats, and its report on them moves them',
    async () => {
      const folder = await temporaryFolder()
      const gateway = await startGateway(
        configSchema.parse({
          data: folder,
          sftp: { port: 0 },
          as2: { port: 0, https: false },
          pesit: { port: 0 },
          api: { port: 0 },
          log: { level: 'silent' },
        }),
      )
      onTestFinished(() => gateway.stop())
      await gateway.accounts.dataSet.generate({ seed: 'demo', count: 3 }, machineActor('test'))
      const join = async (order: Omit<Parameters<typeof way.join>[1], 'folder'>) => {
        const partner = await way.join(gateway, { ...order, folder })
        onTestFinished(() => partner.leave())
        return partner
      }
      const recipient = await join({
        applicationCode: 'REC001',
        modes: { FEN0105A: 'PARTIAL', FEN9100A: 'PARTIAL' },
        siret: RECIPIENT,
      })
      const supplier = await join({ applicationCode: 'SUP001', modes: { FSO1113A: 'PARTIAL' } })
      const parties = { supplierSiret: '00000000005734', recipientSiret: RECIPIENT }
      const document = makeCppDocument(
        NUMBERS.map((number) => ({ ...parties, number, issueDate: '2026-11-20' })),
      )
      await supplier.put(
        recommendedName('FSO1113A', 'SUP001', 1, 'tar.gz'),
        await archiveBytes([{ name: 'F.xml', content: document }]),
      )

      const pivot = await taken(recipient, 'FEN9100A_')
      const [whole] = [...archiveFiles(pivot.content).values()].map(String)
      for (const number of NUMBERS) expect(whole).toContain(`<Id>${number}</Id>`)
      const ubl = await taken(recipient, 'FEN0105A_')
      const invoices = [...archiveFiles(ubl.content).values()].map(String)
      expect(invoices.map((xml) => /<cbc:ID>(C-\d)</.exec(xml)?.[1])).toEqual(NUMBERS)

      const named = `C${ubl.name.slice(1).replace('.tar.gz', '.xml')}`
      await recipient.put(named, Buffer.from(REPORT))
      const client = ApiClient.ofRun(gateway.run)
      const statuses = async () => {
        const { items } = await client.json<{ items: readonly InvoiceDocument[] }>({
          path: '/invoices',
        })
        return items
          .map(({ number, status }) => `${number} ${status}`)
          .toSorted((one, other) => one.localeCompare(other))
      }
      await expect.poll(statuses, { timeout: 60_000 }).toEqual(['C-1 03', 'C-2 04'])

      // A report on a flow that was never sent to it is refused at its door.
      const stranger = named.replace(/.(\.xml)$/, '9$1')
      const answer = await recipient.put(stranger, Buffer.from(REPORT)).then(
        () => 'taken',
        () => 'refused',
      )
      expect(answer).toBe('refused')
      const refused = async () => {
        const { refusals } = await client.json<{ refusals: readonly { readonly code: string }[] }>({
          path: '/refusals',
        })
        return refusals.map(({ code }) => code)
      }
      await expect.poll(refused, { timeout: 60_000 }).toContain('RETURN_FLOW_UNKNOWN')
    },
  )
})
