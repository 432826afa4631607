import { loadConfig } from '../../config/load.ts'
import { openAccounts } from '../../gateway/accounts/open-accounts.ts'
import type { ApiServices } from '../../gateway/api/api-services.ts'
import { createCertificateChecking } from '../../gateway/certificate-checking.ts'
import { openCertificateTrust } from '../../gateway/certificate-trust.ts'
import { OffsetClock } from '../../gateway/clock.ts'
import { openIdentity } from '../../gateway/identity.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import { createLogger } from '../../gateway/logger.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** The real services of the API on a journal, without the rest of a gateway. */
export async function apiServices(journal: Journal, machineToken: string): Promise<ApiServices> {
  const clock = new OffsetClock()
  const log = createLogger('silent')
  const environment = 'qualification'
  const { signIn: settings, certs } = loadConfig({ environment: {} })
  const identity = await openIdentity({ folder: await temporaryFolder(), clock, log })
  const trust = openCertificateTrust(certs, identity.testRootPem, log)
  return {
    journal,
    clock,
    environment,
    accounts: openAccounts({ journal, clock, log, settings, environment, machineToken }),
    forms: {} as never,
    identity,
    checkCertificates: createCertificateChecking({ clock, environment, trust }),
    gateway: () => ({
      version: '0',
      environment,
      publicHost: '',
      listeners: [],
      apiUrl: null,
    }),
  }
}
