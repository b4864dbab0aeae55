import { days, defineProject, minutes, pagerDuty, seconds, slack } from 'tocsin';

export default defineProject({
  id: 'request-path',
  title: 'A request and what it passes through',
  versions: { prometheus: '2.42', alertmanager: '0.25', grafana: '10.0' },
  scrapeInterval: seconds(15),
  evaluationInterval: seconds(30),
  retention: days(35),
  links: { runbooks: 'https://runbooks.example.com', grafana: 'https://grafana.example.com' },
  environments: {
    production: {
      externalLabels: { environment: 'production' },
      alertmanagers: ['alertmanager-0:9093', 'alertmanager-1:9093'],
      prometheusUrl: 'http://prometheus:9090',
      secretsDirectory: '/etc/alertmanager/secrets',
    },
  },
  severities: {
    critical: { title: 'Requests fail', respondWithin: minutes(5), color: 'red' },
    warning: { title: 'Requests are slow', respondWithin: minutes(30), color: 'yellow' },
  },
  receivers: {
    pager: pagerDuty({ routingKeyFile: 'pagerduty.key' }),
    chat: slack({ channel: '#requests', apiUrlFile: 'slack.url' }),
  },
  teams: {
    requests: { title: 'Requests', notify: { critical: { to: ['pager', 'chat'] }, warning: { to: ['chat'] } } },
  },
  fallback: ['chat'],
});
