import type { Config } from '../config/schema.ts'
import { openLifeCycle } from '../processing/life-cycle/open-life-cycle.ts'
import { CampaignDriver } from '../processing/scenarios/campaign-driver.ts'
import { openCampaigns } from '../processing/scenarios/open-campaigns.ts'
import {
  misfitOf,
  openQualification,
  type QualificationOptions,
} from '../processing/scenarios/open-qualification.ts'
import { ScenarioRunner } from '../processing/scenarios/runner.ts'
import type { RenewedKey, ScenarioActions } from '../processing/scenarios/scene.ts'
import { GATEWAY_ACTOR, type Actor } from './accounts/actor.ts'
import { auditStatement } from './accounts/audit.ts'
import { expireReturnFlows } from './delivery/outbox.ts'
import { createReturns, type Returns } from './delivery/returns.ts'
import { RETURN_MOVES } from './delivery/return-states.ts'
import type { JournaledDirectory } from './directory/journaled-directory.ts'
import { GatewayError } from './errors.ts'
import { FAULT_NAMES, findFault } from './faults/fault-table.ts'
import { faultValues } from './faults/fault-values.ts'
import type { FaultControl, FaultOrder } from './faults/journaled-faults.ts'
import type { Environment, ProtocolName, RunId } from './flow.ts'
import { IDENTITY_KINDS, type IdentityKind } from './identity-kinds.ts'
import type { Identity } from './identity.ts'
import type { Journal } from './journal/journal.ts'
import type { ClockControl } from './journaled-clock.ts'
import type { LifeCycle } from './life-cycle/life-cycle.ts'
import type { Logger } from './logger.ts'
import type { PayloadStore } from './payloads/payloads.ts'
import type { Campaigns } from './qualification/campaign.ts'
import { partnerCertificates } from './qualification/partner-certificates.ts'
import type { Qualification } from './qualification/qualification.ts'
import { VERSION } from './version.ts'

/** What qualification is built from: parts of a running gateway. */
export interface QualificationStart {
  readonly config: Config
  readonly journal: Journal
  readonly payloads: PayloadStore
  readonly directory: JournaledDirectory
  readonly clockControl: ClockControl
  readonly faults: FaultControl
  readonly identity: Identity
}

/** The same parts for the API, which asks, and for the runner, which acts. */
export function qualificationParts(start: QualificationStart): QualificationParts {
  const { config, journal, payloads, directory, clockControl: clock } = start
  return {
    ...start,
    clock,
    environment: config.environment,
    unknownRecipients: config.directory.unknown,
    returns: createReturns({ journal, clock, ...config.report }),
    lifeCycle: openLifeCycle({ journal, payloads, clock, directory }),
  }
}

export interface QualificationParts {
  readonly journal: Journal
  readonly environment: Environment
  readonly unknownRecipients: 'refuse' | 'warn' | 'learn'
  readonly clock: ClockControl
  readonly faults: FaultControl
  readonly returns: Pick<Returns, 'move'>
  readonly lifeCycle: Pick<LifeCycle, 'advance'>
  readonly identity: Pick<Identity, 'rotate' | 'withdraw' | 'list' | 'refresh'>
}

/** Part of the composition root: qualification as the API asks for it. */
export function qualificationOf(parts: QualificationParts): Qualification {
  return openQualification(qualificationOptions(parts))
}

/** Campaigns as the API asks for them. */
export function campaignsOf(parts: QualificationParts, qualification: Qualification): Campaigns {
  return openCampaigns({ ...qualificationOptions(parts), qualification })
}

function qualificationOptions(parts: QualificationParts): QualificationOptions {
  const { journal, environment, unknownRecipients, clock, identity } = parts
  return {
    journal,
    environment,
    unknownRecipients,
    version: VERSION,
    gatewayKeys: (protocol) =>
      identity
        .list()
        .filter(({ state, kind }) => state === 'in-use' && kind.startsWith(KINDS_OF[protocol]))
        .map(({ kind, fingerprint }) => ({ kind, fingerprint })),
    actions: scenarioActions(parts),
    audit: (by, { run, siret, ...entry }) =>
      auditStatement(journal, clock.now(), by, {
        ...entry,
        ...(siret === null ? {} : { siret }),
        objectKind: run.startsWith('cpr_') ? 'campaign' : 'run',
        objectId: run,
      }),
  }
}

/** Carries runs and campaigns on: one process that has the role, or each of several in turn. */
export function startScenarioRunner(
  parts: QualificationParts & {
    readonly payloads: Pick<PayloadStore, 'read'>
    readonly log: Logger
  },
): { stop(): Promise<void> } {
  const runner = new ScenarioRunner({ ...parts, actions: scenarioActions(parts) })
  const options = qualificationOptions(parts)
  const qualification = openQualification(options)
  const driver = new CampaignDriver({
    journal: parts.journal,
    qualification,
    misfit: (scenario, connection) =>
      misfitOf(options, qualification.scenario(scenario), connection),
    actorOf: (name) => ({ ...GATEWAY_ACTOR, name }),
    log: parts.log,
  })
  runner.start()
  driver.start()
  return {
    async stop() {
      await driver.stop()
      await runner.stop()
    },
  }
}

/** The keys that a partner of a protocol knows the gateway by. */
const KEYS_OF: Readonly<Record<ProtocolName, readonly IdentityKind[]>> = {
  sftp: ['ssh-host-ed25519'],
  as2: ['as2'],
  pesit: ['pesit-server'],
}
/** How the kinds of keys begin that a protocol shows to partners. */
const KINDS_OF: Readonly<Record<ProtocolName, string>> = {
  sftp: 'ssh-host',
  as2: 'as2',
  pesit: 'pesit',
}
/** A fault that nobody ends is over by itself. */
const FAULT_SECONDS = 3_600

function scenarioActions(parts: QualificationParts): ScenarioActions {
  const { journal, clock, faults, returns, lifeCycle, identity } = parts
  return {
    async putFault({ run, connectionId, protocol, name, values, next }) {
      const order = { ...faultOf(name, values), chance: 1, next, seconds: FAULT_SECONDS }
      const isAtDoor = findFault(name)?.point === 'accept'
      // Nobody knows yet there who comes.
      const scope = isAtDoor ? { protocol } : { protocol, connectionId }
      return (await faults.add({ ...order, ...scope }, actorOf(run))).id
    },
    faultReach(name) {
      const row = findFault(name)
      if (row === undefined) return undefined
      return row.point === 'accept' ? 'everybody' : 'partner'
    },
    async clearFaults(run) {
      const active = await faults.list({ ended: false, limit: 100 })
      const own = active.filter(({ createdBy }) => createdBy === run)
      for (const { id } of own) await faults.clear(id, actorOf(run))
      return own.length
    },
    clockOffsetMilliseconds: () => clock.offsetMilliseconds,
    async moveClock(run, offset) {
      await clock.move(offset, actorOf(run))
      // Keys are used from a day on: who shows them is told that it has come, or gone.
      await identity.refresh()
    },
    purgeReturns: () => expireReturnFlows({ journal, clock }),
    async moveReturn(run, id, move) {
      const known = RETURN_MOVES.find((one) => one === move)
      if (known === undefined) throw new GatewayError('INTERNAL', `no move ${move}`)
      await returns.move(id, known, { actor: actorOf(run), sirets: undefined }, run)
    },
    async moveInvoices(run, flow, to) {
      const actor = actorOf(run)
      const { moved } = await lifeCycle.advance({ where: { flow }, limit: 1_000 }, to, {
        name: run,
        audit: (entry) =>
          auditStatement(journal, clock.now(), actor, {
            action: 'invoice.advance',
            objectKind: 'invoice',
            ...entry,
          }),
      })
      return moved
    },
    async renewKey(protocol, overlapMilliseconds) {
      const renewed: RenewedKey[] = []
      for (const kind of KEYS_OF[protocol]) {
        const present = inUse(identity, kind) ?? ''
        const waits = identity.list().find((key) => key.kind === kind && key.state === 'next')
        // One that waits already is as good: it is published; it is not the run's to take back.
        const next = waits ?? (await identity.rotate(kind, overlapMilliseconds))
        renewed.push({ kind, present, next: next.fingerprint, isOwn: waits === undefined })
      }
      return renewed
    },
    async withdrawKeys(keys) {
      for (const { kind, next, isOwn } of keys) {
        const known = IDENTITY_KINDS.find((one) => one === kind)
        if (isOwn && known !== undefined) await identity.withdraw(known, next)
      }
    },
    keyInUse: (kind) => inUse(identity, kind),
    ...partnerCertificates(journal, clock),
  }
}

const inUse = (identity: QualificationParts['identity'], kind: string): string | undefined =>
  identity.list().find((key) => key.kind === kind && key.state === 'in-use')?.fingerprint

const actorOf = (run: RunId): Actor => ({ ...GATEWAY_ACTOR, name: run })

/** @throws GatewayError API_REQUEST_INVALID for a fault that the catalogue does not have */
function faultOf(
  name: string,
  values: Readonly<Record<string, string>>,
): Pick<FaultOrder, 'name' | 'values'> {
  const row = findFault(name)
  if (row === undefined) {
    throw new GatewayError(
      'API_REQUEST_INVALID',
      `There is no fault ${name}: ${FAULT_NAMES.join(', ')}.`,
    )
  }
  const checked = faultValues(row, values)
  if (!('values' in checked)) {
    throw new GatewayError('API_REQUEST_INVALID', `${name} ${checked.field}: ${checked.message.en}`)
  }
  return { name: name as FaultOrder['name'], values: checked.values }
}
