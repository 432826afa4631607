import { loadConfig } from '../../config/load.ts'
import { openAlerts } from '../../gateway/alerts/alerts.ts'
import { openAccounts } from '../../gateway/accounts/open-accounts.ts'
import type { ApiServices } from '../../gateway/api/api-services.ts'
import { createCertificateChecking } from '../../gateway/certificate-checking.ts'
import { openCertificateTrust } from '../../gateway/certificate-trust.ts'
import { OffsetClock } from '../../gateway/clock.ts'
import { createConnectionKit } from '../../gateway/connections/kit/connection-kit.ts'
import { openConnectionForms } from '../../gateway/connections/open-connection-forms.ts'
import { createProbe } from '../../gateway/connections/probe/outbound-probe.ts'
import { createReturns } from '../../gateway/delivery/returns.ts'
import { createVerifyFlow } from '../../gateway/delivery/verify-flow.ts'
import { JournaledDirectory } from '../../gateway/directory/journaled-directory.ts'
import { openFaults } from '../../gateway/faults/journaled-faults.ts'
import { createFlowReplay } from '../../gateway/flow-replay.ts'
import { openIdentity } from '../../gateway/identity.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import { followJournaledClock } from '../../gateway/journaled-clock.ts'
import { createLogger } from '../../gateway/logger.ts'
import { openMailOutbox } from '../../gateway/mail/mail-outbox.ts'
import { openPayloads } from '../../gateway/payloads/open-payloads.ts'
import { createRetention } from '../../gateway/retention/retention.ts'
import { createTranscriptOf } from '../../gateway/sessions/flow-transcript.ts'
import { createTranscriptsOfReturn } from '../../gateway/sessions/return-transcripts.ts'
import { createCollectEvidence } from '../../gateway/qualification/collect-evidence.ts'
import { openRunViews } from '../../gateway/qualification/run-views.ts'
import { campaignsOf, qualificationOf } from '../../gateway/start-qualification.ts'
import { openLifeCycle } from '../../processing/life-cycle/open-life-cycle.ts'
import { flowReportPdf } from '../../processing/returns/flow-report-pdf.ts'
import { cheapPasswords } from './cheap-passwords.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** The real services of the API on a journal, without the rest of a gateway; passwords cost nothing. */
export async function apiServices(journal: Journal, machineToken: string): Promise<ApiServices> {
  const clock = new OffsetClock()
  const log = createLogger('silent')
  const config = loadConfig({ environment: {} })
  const { environment } = config
  const identity = await openIdentity({ folder: await temporaryFolder(), clock, log })
  const trust = openCertificateTrust(config.certs, identity.testRootPem, log)
  const directory = await JournaledDirectory.open({ journal, clock, environment })
  const payloads = await openPayloads({ url: 'file:', dataFolder: await temporaryFolder() })
  const control = await followJournaledClock({ clock, journal, environment, log })
  const faults = await openFaults({ journal, clock, log })
  const lifeCycle = openLifeCycle({ journal, payloads, clock, directory })
  const returns = createReturns({ journal, clock, ...config.report })
  const unknownRecipients = config.directory.unknown
  const mail = openMailOutbox({ journal, clock, log, settings: config.mail })
  const own = { journal, environment, unknownRecipients, clock: control, faults }
  const parts = { ...own, returns, lifeCycle, identity }
  const qualification = qualificationOf(parts)
  return {
    journal,
    clock: control,
    faults,
    qualification,
    campaigns: campaignsOf(parts, qualification),
    runViews: openRunViews(journal, clock),
    payloads,
    collectEvidence: createCollectEvidence(journal, payloads),
    environment,
    accounts: openAccounts({
      journal,
      clock,
      log,
      settings: config.signIn,
      environment,
      machineToken,
      passwords: cheapPasswords(),
    }),
    forms: openConnectionForms({
      journal,
      clock,
      log,
      environment,
      activation: 'at-once',
      trust,
      mail,
      mailLanguage: config.mail.language,
    }),
    directory,
    identity,
    verifyFlow: createVerifyFlow(journal, payloads),
    transcriptOf: createTranscriptOf(journal, payloads),
    transcriptsOfReturn: createTranscriptsOfReturn(journal, payloads),
    replayFlow: createFlowReplay({
      journal,
      payloads,
      queue: { enqueue: async () => {} },
      findConnection: () => undefined,
      clock,
      log,
    }),
    alerts: openAlerts({
      journal,
      clock,
      mail,
      settings: config.alerts,
      language: config.mail.language,
    }),
    retention: createRetention({
      journal,
      payloads,
      clock,
      settings: config.retention,
      stored: config.payloads,
      log,
    }),
    returns,
    lifeCycle,
    sendDirectory: async () => undefined,
    reportPdf: async (flow, language) => flowReportPdf(journal, flow, language),
    makeKit: createConnectionKit({
      algorithms: config.sftp.algorithms,
      depositFolder: config.sftp.inboundFolder,
      retrievalFolder: config.sftp.outboundFolder,
    }),
    probe: createProbe({
      settings: config.probe,
      clock,
      clientCertificate: async () => undefined,
    }),
    checkCertificates: createCertificateChecking({ clock, environment, trust }),
    freeDiskBytes: () => 8 * 1024 ** 3,
    gateway: () => ({
      version: '0',
      environment,
      publicHost: '',
      listeners: [],
      apiUrl: null,
    }),
  }
}
