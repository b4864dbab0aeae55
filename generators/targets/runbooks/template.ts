/** The text of the pages; the fields are those of the views in view.ts. */

/** The page of one alert. What is done first stands first. */
export const RUNBOOK_TEMPLATE = `# {{alert}}

{{#each meanings}}
{{this}}

{{/each}}
- System: {{system}}
{{#if component}}
- Component: {{component}}
{{/if}}
- Owner: {{owner}}
{{#if dashboard}}
- Dashboard: {{dashboard}}
{{/if}}
- Definition: {{definition}}

## Levels

| Severity | Level | For | Respond within |
|---|---|---|---|
{{#each levels}}
| {{severity}} | {{level}} | {{for}} | {{respond}} |
{{/each}}

## First steps

{{#if steps}}
{{#each steps}}
{{this}}
{{/each}}
{{else}}
The definition names none.
{{/if}}

## What it means

{{#each texts}}
{{this}}

{{/each}}
{{#each messages}}
The notification says: {{this}}

{{/each}}
## What is measured

{{#each queries}}
{{title}}{{#if goal}} (goal: {{goal}}){{/if}}:

{{query}}

{{/each}}
{{#if mathematics}}
## The numbers

{{#each mathematics}}
{{this}}
{{/each}}

{{/if}}
## Who is told

| Severity | Told | First message | Repeated |
|---|---|---|---|
{{#each notices}}
| {{severity}} | {{told}} | {{first}} | {{repeated}} |
{{/each}}

## Related

{{#if around}}
{{#each around}}
- {{this}}
{{/each}}
{{else}}
No dependencies are declared, and no other alert keeps it quiet.
{{/if}}

## Silence it while you work

{{silence}}

ALERTMANAGER_URL is the address of Alertmanager. The silence ends by itself after two hours; \`amtool silence expire\` with the id that the command prints ends it earlier.
`;

/** The list of all pages. */
export const RUNBOOK_INDEX_TEMPLATE = `# Runbooks

One page for each alert of {{project}}: what it means, what to do first, who is told.
{{#each systems}}

## {{title}}

{{description}}

| Component | Alert | Severity | Meaning |
|---|---|---|---|
{{#each alerts}}
| {{component}} | {{page}} | {{severities}} | {{meaning}} |
{{/each}}
{{/each}}
`;
