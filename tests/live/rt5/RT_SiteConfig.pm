# The Request Tracker of the live tests: one machine, one SQLite file, no mail. Not for production.
my $folder = $ENV{LIVE_RT_DATA} or die "LIVE_RT_DATA is not set\n";

Set($rtname,       'techdesk-live');
Set($Organization, 'live.techdesk.test');
Set($Timezone,     'UTC');
Set($WebDomain,    '127.0.0.1');
Set($WebPort,      $ENV{LIVE_RT_PORT} || 0);
Set($WebPath,      '');
Set($CorrespondAddress, 'desk@techdesk.test');
Set($CommentAddress,    'desk-comment@techdesk.test');

Set($DatabaseType, 'SQLite');
Set($DatabaseName, "$folder/rt5.sqlite");

Set($LogToSyslog,    undef);
Set($LogToSTDERR,    'warning');
Set($LogToFile,      'warning');
Set($LogDir,         $folder);
Set($LogToFileNamed, 'rt.log');

# RT writes and records its mail as always; this is where it would leave the machine.
Set($MailCommand, sub { return 1 });
# RT's own default of 12 costs a quarter of a second of processor time for every request with a token.
Set($BcryptCost, 4);

# Numbers only go over REST2, so a client must bring its own map. Two maps, as a site would have.
Set($EnablePriorityAsString, 1);
Set(%PriorityAsString,
    Default        => [Low => 0, Medium => 50, High => 100],
    'Connectivity' => [P4 => 10, P3 => 20, P2 => 30, P1 => 40],
);

# A lifecycle with a word of its own beside RT's default one.
Set(%Lifecycles,
    telephony => {
        initial  => ['new'],
        active   => ['open', 'stalled', 'with carrier'],
        inactive => ['resolved', 'rejected', 'deleted'],
        defaults => {
            on_create => 'new', approved => 'open', denied => 'rejected',
            reminder_on_open => 'open', reminder_on_resolve => 'resolved',
        },
        transitions => {
            ''             => ['new', 'open', 'resolved'],
            new            => ['open', 'stalled', 'with carrier', 'resolved', 'rejected', 'deleted'],
            open           => ['stalled', 'with carrier', 'resolved', 'rejected', 'deleted'],
            stalled        => ['open', 'with carrier', 'resolved', 'rejected', 'deleted'],
            'with carrier' => ['open', 'stalled', 'resolved', 'rejected', 'deleted'],
            resolved       => ['open'],
            rejected       => ['open'],
            deleted        => ['open'],
        },
        rights => { '* -> deleted' => 'DeleteTicket', '* -> *' => 'ModifyTicket' },
    },
);

Set(%ServiceAgreements,
    QueueDefault => { 'First Line' => 'Two days' },
    Levels       => { 'Two days' => { StartImmediately => 1, Resolve => { RealMinutes => 2880 } } },
);
1;
