import { resolve } from 'node:path'
import { accountsPage } from './pages/accounts.ts'
import { as2Page } from './pages/as2.ts'
import { certificateChecksPage } from './pages/certificate-checks.ts'
import { conformanceAs2Page } from './pages/conformance-as2.ts'
import { configurationPage } from './pages/configuration.ts'
import { exampleInvoice } from './pages/example-invoice.ts'
import { doctorPage } from './pages/doctor.ts'
import { errorsPage } from './pages/errors.ts'
import { exampleSettings } from './pages/example-settings.ts'
import { faultsOnDemandPage } from './pages/faults-on-demand.ts'
import { interfaceCodesPage } from './pages/interface-codes.ts'
import { kitAndProbePage } from './pages/kit-and-probe.ts'
import { lifeCyclePage } from './pages/life-cycle.ts'
import { metricsPage } from './pages/metrics.ts'
import { scenariosPage } from './pages/scenarios.ts'
import { apiRoutesPage } from './pages/api-routes.ts'
import { openApiPage } from './pages/openapi.ts'
import { rulesPage } from './pages/rules.ts'
import { RULE_TABLE_PATHS, ruleTable } from './rule-tables/rule-tables.ts'
import { SCHEMA_TABLE_PATHS, schemaTable } from './schemas/schema-tables.ts'

/**
 * What `npm run generate` writes out of the program's own tables, and tables out of the reference
 * data where that is at hand; the files are committed.
 */
export const GENERATED_FILES: readonly { readonly path: string; readonly text: () => string }[] = [
  { path: file('docs/accounts.md'), text: accountsPage },
  { path: file('docs/as2.md'), text: as2Page },
  { path: file('docs/certificate-checks.md'), text: certificateChecksPage },
  { path: file('docs/conformance-as2.md'), text: conformanceAs2Page },
  { path: file('docs/configuration.md'), text: configurationPage },
  { path: file('docs/doctor.md'), text: doctorPage },
  { path: file('docs/errors.md'), text: errorsPage },
  { path: file('docs/faults-on-demand.md'), text: faultsOnDemandPage },
  { path: file('docs/interface-codes.md'), text: interfaceCodesPage },
  { path: file('docs/kit-and-probe.md'), text: kitAndProbePage },
  { path: file('docs/life-cycle.md'), text: lifeCyclePage },
  { path: file('docs/metrics.md'), text: metricsPage },
  { path: file('docs/rules.md'), text: rulesPage },
  { path: file('docs/scenarios.md'), text: scenariosPage },
  { path: file('docs/api-routes.md'), text: apiRoutesPage },
  { path: file('docs/openapi.json'), text: openApiPage },
  { path: file('docs/examples/invoice.xml'), text: exampleInvoice },
  { path: file('config/gateway.example.yaml'), text: exampleSettings },
  ...RULE_TABLE_PATHS.map((path) => ({ path: file(path), text: () => ruleTable(path) })),
  ...SCHEMA_TABLE_PATHS.map((path) => ({ path: file(path), text: () => schemaTable(path) })),
]

function file(path: string): string {
  return resolve(import.meta.dirname, '..', path)
}
