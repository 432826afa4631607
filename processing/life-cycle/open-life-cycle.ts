import type { Clock } from '../../gateway/clock.ts'
import type { Directory } from '../../gateway/directory/directory.ts'
import { GatewayError } from '../../gateway/errors.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import type {
  InvoiceHistory,
  InvoiceStatusDocument,
  LifeCycle,
  PlanOrder,
} from '../../gateway/life-cycle/life-cycle.ts'
import type { PayloadStore } from '../../gateway/payloads/payloads.ts'
import {
  INVOICE_STATUS_CODES,
  INVOICE_STATUSES,
  isInvoiceStatus,
  movesFrom,
} from '../returns/invoice-statuses.ts'
import { advanceInvoices, knownStatus, readChoice, readNamed } from './advance.ts'
import { readInvoiceHistory } from './invoice-history.ts'
import { documentOf, selectInvoices, selectNamed } from './invoice-search.ts'
import { planOf, writePlans } from './plans.ts'
import { PROFILES, stepsOf, type PlanStep, type ProfileName } from './profiles.ts'
import { acknowledgeInvoice, completeInvoice, recycleInvoice } from './supplier-moves.ts'
import type { InvoicePlace } from './invoice-row.ts'

export interface LifeCycleOptions {
  readonly journal: Journal
  readonly payloads: Pick<PayloadStore, 'put'>
  readonly clock: Clock
  readonly directory: Pick<Directory, 'find'>
}

const PLANS_PER_WRITE = 500

/** The life cycle as the API asks for it, on the journal. */
export function openLifeCycle(options: LifeCycleOptions): LifeCycle {
  const { journal, clock } = options
  return {
    statuses: () => STATUS_DOCUMENTS,

    async list({ after, limit, ...criteria }) {
      const rows = await journal.read(
        selectInvoices(journal, { ...criteria, after }).limit(limit + 1),
      )
      const items = rows.slice(0, limit).map(documentOf)
      return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
    },

    async find(name, sirets) {
      try {
        return documentOf(await readNamed(journal, name, sirets))
      } catch (error) {
        if (error instanceof GatewayError && error.code === 'API_NOT_FOUND') return undefined
        throw error
      }
    },

    async show(id): Promise<InvoiceHistory | undefined> {
      const [row] = await journal.read(selectNamed(journal, id, undefined).limit(1))
      return row === undefined ? undefined : readInvoiceHistory(journal, documentOf(row))
    },

    async siretOf(name, sirets) {
      const [row] = await journal.read(selectNamed(journal, name, sirets).limit(1))
      return row?.siret
    },

    async advance(choice, to, by, comment) {
      const move = {
        to: knownStatus(to),
        at: clock.now(),
        cause: by.name,
        comment: comment ?? null,
      }
      const objectId = choice.invoices?.[0] ?? ''
      return advanceInvoices(journal, choice, move, () =>
        by.audit({ objectId, after: { to, ...choice } }),
      )
    },

    async plan(choice, order, by) {
      const { rows } = await readChoice(journal, choice)
      const steps = stepsFor(order)
      const now = clock.now()
      const plans = rows.map((row) => {
        const place = { flowId: row.flow_id, ordinal: row.ordinal }
        return planOf(place, steps(place), now, order.profile ?? by.name)
      })
      for (let start = 0; start < plans.length; start += PLANS_PER_WRITE) {
        const slice = plans.slice(start, start + PLANS_PER_WRITE)
        const audit = by.audit({ objectId: choice.invoices?.[0] ?? '', after: order })
        await journal.write([...(start === 0 ? [audit] : []), writePlans(journal, slice)])
      }
      return plans.length
    },

    recycle: (id, recipient, by) => recycleInvoice(options, id, recipient, by),
    complete: (id, documents, by, comment) => completeInvoice(options, id, documents, by, comment),
    acknowledge: (id, by) => acknowledgeInvoice(options, id, by),
  }
}

/** @throws GatewayError API_REQUEST_INVALID */
function stepsFor(order: PlanOrder): (place: InvoicePlace) => readonly PlanStep[] {
  const { profile, seed = 1, steps } = order
  if (profile !== undefined) {
    if (!Object.hasOwn(PROFILES, profile)) {
      const known = Object.keys(PROFILES).join(', ')
      throw new GatewayError('API_REQUEST_INVALID', `No profile is called ${profile}: ${known}.`)
    }
    return (place) => stepsOf(profile as ProfileName, seed, place)
  }
  const given = (steps ?? []).map((step) => ({ ...step, to: knownStatus(step.to) }))
  if (given.length === 0) {
    throw new GatewayError('API_REQUEST_INVALID', 'A plan has a profile, or a step at least.')
  }
  return () => given
}

const STATUS_DOCUMENTS: readonly InvoiceStatusDocument[] = INVOICE_STATUS_CODES.filter(
  isInvoiceStatus,
).map((code) => {
  const { label, constant, ...row } = INVOICE_STATUSES[code]
  const moves = movesFrom(code)
  return {
    code,
    label,
    constant,
    isFinal: moves.length === 0,
    isAcknowledged: 'isAcknowledged' in row,
    moves,
  }
})
