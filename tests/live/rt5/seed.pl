#!/usr/bin/perl
# Fills a fresh Request Tracker through its own classes, in one process: people, queues, rights, custom
# fields, tokens, then tickets with conversations over the last sixty days, some merged, some deleted.
#
#   seed.pl TICKETS TOKENFILE
#
# The same number gives the same tickets. Time is moved by standing in for Perl's time() and gmtime(), so every row has
# the date that RT itself would have written.
use strict;
use warnings;
use utf8;

my $pretended;
BEGIN {
    *CORE::GLOBAL::time = sub () { $pretended // CORE::time() };
    # Transactions and attachments are dated by gmtime() without an argument.
    *CORE::GLOBAL::gmtime = sub (;$) { CORE::gmtime(@_ ? $_[0] : $pretended // CORE::time()) };
}

use lib '/usr/share/request-tracker5/lib';
use RT;
use MIME::Entity;

my ($wanted, $token_file) = @ARGV;
die "usage: seed.pl TICKETS TOKENFILE\n" unless $wanted && $token_file;
RT->LoadConfig;
RT->Init;
my $system = RT->SystemUser;
# A made-up desk need not outlive a power cut.
$RT::Handle->dbh->do('PRAGMA synchronous = OFF');
$RT::Handle->dbh->do('PRAGMA journal_mode = MEMORY');

sub must { my ($what, $ok, $why) = @_; die "$what: " . ($why // 'no reason given') . "\n" unless $ok; return $ok }

# --- people ----------------------------------------------------------------------------------------------

sub person {
    my ($name, %values) = @_;
    my $user = RT::User->new($system);
    must("user $name", $user->Create(Name => $name, %values));
    return $user;
}

my @technicians = (
    ['mara',  'Mara Field',     'Europe/London'],
    ['jonas', 'Jonas Brückner', 'Europe/Stockholm'],
    ['ming',  'Ming Zhao 赵明', 'Asia/Shanghai'],
    ['ada',   'Ada Cruz',       'America/New_York'],
);
my %user = map {
    $_->[0] => person($_->[0], RealName => $_->[1], EmailAddress => "$_->[0]\@techdesk.test",
        Timezone => $_->[2], Privileged => 1)
} @technicians;
my @names = map { $_->[0] } @technicians;
$user{reader} = person('reader', RealName => 'Reader', EmailAddress => 'reader@techdesk.test',
    Timezone => 'UTC', Privileged => 1);

my @organisations = (
    ['harbour', 'Harbour Clinics'], ['linden', 'Linden Schools'], ['orchard', 'Orchard Foods'], ['quay', 'Quay Logistics'],
);
my @requesters;
for my $organisation (@organisations) {
    my ($domain, $title) = @$organisation;
    for my $first (qw(robin kim alex toni)) {
        push @requesters, person("$first\@$domain.test", RealName => ucfirst($first) . " of $title",
            EmailAddress => "$first\@$domain.test", Organization => $title, Privileged => 0);
    }
}

# --- queues, groups, rights ------------------------------------------------------------------------------

my %lifecycle = (Telephony => 'telephony');
my %queue;
for my $name ('First Line', 'Connectivity', 'Telephony', 'Internal', 'Confidential') {
    my $queue = RT::Queue->new($system);
    must("queue $name", $queue->Create(Name => $name, Lifecycle => $lifecycle{$name} || 'default',
        SLADisabled => $name eq 'First Line' ? 0 : 1));
    $queue{$name} = $queue;
}
my @open_queues = ('First Line', 'Connectivity', 'Telephony', 'Internal');

sub group_of {
    my ($name, @members) = @_;
    my $group = RT::Group->new($system);
    must("group $name", $group->CreateUserDefinedGroup(Name => $name));
    must("member of $name", $group->AddMember($_->PrincipalId)) for @members;
    return $group;
}

sub grant {
    my ($group, $object, @rights) = @_;
    must("right $_", $group->PrincipalObj->GrantRight(Right => $_, Object => $object)) for @rights;
    return;
}

my $team    = group_of('Technicians', @user{@names});
my $readers = group_of('Readers', $user{reader});
grant($team, $queue{$_}, qw(SeeQueue ShowTicket ShowTicketComments CreateTicket ModifyTicket OwnTicket TakeTicket
    StealTicket ReassignTicket ReplyToTicket CommentOnTicket DeleteTicket SeeCustomField ModifyCustomField))
    for @open_queues;
grant($team, $RT::System, qw(SeeGroup ManageAuthTokens ModifySelf));
# One who may look at two of the queues and touch none.
grant($readers, $queue{$_}, qw(SeeQueue ShowTicket ShowTicketComments SeeCustomField))
    for 'First Line', 'Connectivity';
my $everyone = RT::Group->new($system);
$everyone->LoadSystemInternalGroup('Everyone');
grant($everyone, $queue{$_}, qw(CreateTicket ReplyToTicket)) for @open_queues, 'Confidential';

# --- custom fields ---------------------------------------------------------------------------------------

sub field {
    my ($name, $type, $most, @values) = @_;
    my $field = RT::CustomField->new($system);
    must("field $name", $field->Create(Name => $name, Type => $type, MaxValues => $most,
        LookupType => RT::Ticket->CustomFieldLookupType));
    must("field $name everywhere", $field->AddToObject(RT::Queue->new($system)));
    must("value $_", $field->AddValue(Name => $_)) for @values;
    return $field->id;
}

my $severity = field('Severity', 'Select', 1, '1', '2', '3', '4');
my $channel  = field('Channel', 'Select', 1, qw(email phone web chat monitoring));
my $tags     = field('Tags', 'Freeform', 0);

# --- tokens ----------------------------------------------------------------------------------------------

open my $tokens, '>', $token_file or die "$token_file: $!\n";
chmod 0600, $token_file;
for my $name ('root', @names, 'reader') {
    my $owner = RT::User->new($system);
    $owner->Load($name);
    my ($id, $why, $token) = RT::AuthToken->new($system)->Create(Owner => $owner->id, Description => 'live tests');
    must("token of $name", $id, $why);
    print {$tokens} "$name=$token\n";
}
close $tokens or die "$token_file: $!\n";

# --- tickets ---------------------------------------------------------------------------------------------

srand 20260117;
sub pick { return $_[int rand @_] }
sub current { my $current = RT::CurrentUser->new($system); $current->Load($_[0]->id); return $current }
my %as = map { $_ => current($user{$_}) } @names;
my %as_requester = map { $_->id => current($_) } @requesters;

my %subjects = (
    'First Line'   => ['Cannot sign in since the password change', 'Laptop stays dark after sleep', 'Mailbox of the new starter is missing',
        'Printer on floor %d prints blank pages', 'Drive S: is full', 'Code prompt on the phone never ends'],
    'Connectivity' => ['Tunnel drops every %d minutes', 'Packet loss to branch %d', 'No wireless in meeting room %d',
        'Supplier portal is blocked', 'Line down at site %d'],
    'Telephony'    => ['Calls drop after %d seconds', 'One side hears nothing on line %d', 'Handset %d does not register',
        'Wrong greeting at night', '电话无法注册 %d', 'Kein Freizeichen an Platz %d – dringend'],
    'Internal'     => ['Check the asset list', 'Write down the restore drill', 'Rename retired networks'],
    'Confidential' => ['Access of a leaver'],
);
my @questions = ("It began this morning and concerns %d people.", "Restarting did not help.", "Please ring me before noon.\n\nThank you",
    "It says error 0x80%d.\nA picture follows.", "Any time this week is fine.");
my @replies = ("Thank you, we are looking at it.", "We restarted the service. Does it work for you now?",
    "Please send today's log.", "The supplier has it; next word tomorrow.");
my @notes = ("Third one this week, perhaps one cause.", "Rang twice, nobody answered.", "Configuration saved with the change.");
my %priorities = ('First Line' => [0, 50, 50, 100], Connectivity => [10, 20, 20, 30, 40], Telephony => [0, 50, 100],
    Internal => [0], Confidential => [50]);

sub words { my $text = pick(@_); my $number = 2 + int rand 38; $text =~ s/%d/$number/g; return $text }

sub mime {
    my ($text, %more) = @_;
    my $type = $more{Type} || 'text/plain';
    my $entity = MIME::Entity->build(Type => $type, Charset => 'UTF-8', Encoding => '8bit',
        Data => Encode::encode('UTF-8', $text));
    if ($more{File}) {
        $entity->make_multipart;
        $entity->attach(Type => 'text/plain', Filename => 'trace.log', Data => "a line of log\n" x 200);
    }
    return $entity;
}

my (@agenda, $order);
my $now = CORE::time();
sub plan {
    my ($at, $what) = @_;
    push @agenda, [$at, ++$order, $what] if $at < $now - 120;
    return;
}
sub minutes { my ($least, $most) = @_; return 60 * ($least + int rand($most - $least)) }
sub load { my ($as, $id) = @_; my $ticket = RT::Ticket->new($as); $ticket->Load($id); return $ticket }

sub converse {
    my ($id, $at, $queue, $requester) = @_;
    my $technician = pick(@names);
    $at += minutes(10, 300);
    return if rand() < 0.15;
    plan($at, sub { load($as{$technician}, $id)->SetOwner($user{$technician}->id, 'Force') });
    $at += minutes(5, 200);
    plan($at, sub { load($as{$technician}, $id)->Correspond(MIMEObj => mime(words(@replies))) });
    for (1 .. pick(0, 0, 1, 2, 3)) {
        $at += minutes(30, 2000);
        my $kind = rand;
        if ($kind < 0.45) { plan($at, sub { load($as_requester{$requester->id}, $id)->Correspond(MIMEObj => mime(words(@questions))) }) }
        elsif ($kind < 0.75) { plan($at, sub { load($as{$technician}, $id)->Correspond(MIMEObj => mime(words(@replies))) }) }
        else { my $other = pick(@names); plan($at, sub { load($as{$other}, $id)->Comment(MIMEObj => mime(words(@notes))) }) }
    }
    my $end = rand;
    $at += minutes(30, 3000);
    if ($end < 0.45) { plan($at, sub { load($as{$technician}, $id)->SetStatus('resolved') }) }
    elsif ($end < 0.50) { plan($at, sub { load($as{$technician}, $id)->SetStatus('rejected') }) }
    elsif ($end < 0.65) { plan($at, sub { load($as{$technician}, $id)->SetStatus('stalled') }) }
    elsif ($end < 0.70 && $queue eq 'Telephony') { plan($at, sub { load($as{$technician}, $id)->SetStatus('with carrier') }) }
    elsif ($end < 0.74) { my $new = pick(@{$priorities{$queue}}); plan($at, sub { load($as{$technician}, $id)->SetPriority($new) }) }
    return;
}

my @made;
sub create {
    my ($at, $queue) = @_;
    my $requester = pick(@requesters);
    my $by_phone = rand() < 0.5;
    my $as = $by_phone ? $as{ pick(@names) } : $as_requester{$requester->id};
    $as = $system if $queue eq 'Confidential';
    my $text = words(@questions);
    my %more = rand() < 0.06 ? (File => 1) : ();
    if (rand() < 0.04) { $text = "<p>" . ($text =~ s/\n+/<br>/gr) . "</p><ul><li>one<li>two</ul>"; $more{Type} = 'text/html' }
    my ($id, undef, $why) = RT::Ticket->new($as)->Create(
        Queue => $queue{$queue}->id, Subject => words(@{$subjects{$queue}}), Requestor => [$requester->EmailAddress],
        Priority => pick(@{$priorities{$queue}}), MIMEObj => mime($text, %more),
    );
    must('ticket', $id, $why);
    my $ticket = load($system, $id);
    $ticket->AddCustomFieldValue(Field => $severity, Value => pick(1 .. 4), RecordTransaction => 0) if rand() < 0.8;
    $ticket->AddCustomFieldValue(Field => $channel, Value => $by_phone ? pick(qw(phone chat monitoring)) : pick(qw(email web)), RecordTransaction => 0);
    my %some = map { $_ => 1 } map { pick(qw(vpn printer recall vendor vip)) } 1 .. pick(0, 0, 1, 2);
    $ticket->AddCustomFieldValue(Field => $tags, Value => $_, RecordTransaction => 0) for sort keys %some;
    push @made, $id;
    converse($id, $at, $queue, $requester);
    return;
}

for (1 .. $wanted) {
    my $at = $now - 60 * 86400 + int(rand(60 * 86400 - 7200));
    my $queue = pick(('First Line') x 5, ('Connectivity') x 4, ('Telephony') x 3, 'Internal', 'Confidential');
    plan($at, sub { create($at, $queue) });
}
# Composing mail is most of the work. Only the last week's is made and recorded: enough of those rows, which
# technicians may not see, to leave holes in every page of a client that pages by rows.
sub mail { my ($wanted) = @_; $RT::Handle->dbh->do(
    'UPDATE Scrips SET Disabled = ? WHERE Description LIKE ?', undef, $wanted ? 0 : 1, '%Notify%'); return }
mail(0);
$order = -1;
plan($now - 7 * 86400, sub { mail(1) });
$order = @agenda;

# A heap would be quicker; a sorted list that grows is quick enough for some thousands.
while (@agenda) {
    @agenda = sort { $a->[0] <=> $b->[0] || $a->[1] <=> $b->[1] } @agenda;
    my $due = shift @agenda;
    $pretended = $due->[0];
    $due->[2]->();
}

# What a client must notice although it shows in no search: merged tickets and deleted ones.
$pretended = $now - 60;
my @visible = grep { load($system, $_)->QueueObj->Name ne 'Confidential' } @made;
for my $number (1 .. int(@made / 40)) {
    my ($from, $into, $gone) = splice @visible, int rand(@visible - 3), 3;
    must('merge', load($as{mara}, $from)->MergeInto($into));
    my $deleted = load($as{jonas}, $gone);
    # Not every lifecycle lets a resolved ticket be deleted.
    must('reopen', $deleted->SetStatus('open'))
        unless $deleted->Status eq 'deleted' || $deleted->LifecycleObj->IsTransition($deleted->Status, 'deleted');
    must('delete', $deleted->SetStatus('deleted')) if $deleted->Status ne 'deleted';
}
print scalar(@made), " tickets\n";
