package Mail::SpamAssassin::Plugin::Comity;

# Ask Comity about each mail and add its score. See comity.cf beside this file.
#
# The answer is asked for once a mail, in the protocol of spamd. When Comity does not answer in time nothing is hit, and the mail goes on.

use strict;
use warnings;

use IO::Socket::IP;
use Mail::SpamAssassin::Logger;
use Mail::SpamAssassin::Plugin;

our @ISA = qw(Mail::SpamAssassin::Plugin);

sub new {
    my ($class, $main) = @_;
    my $self = $class->SUPER::new($main);
    bless($self, $class);
    $main->{conf}->{parser}->register_commands([
        { setting => 'comity_server', default => '127.0.0.1:7830', type => $Mail::SpamAssassin::Conf::CONF_TYPE_STRING },
        { setting => 'comity_timeout', default => 5, type => $Mail::SpamAssassin::Conf::CONF_TYPE_NUMERIC },
        { setting => 'comity_weight', default => 0.8, type => $Mail::SpamAssassin::Conf::CONF_TYPE_NUMERIC },
    ]);
    $self->register_eval_rule('check_comity');
    return $self;
}

# COMITY_SPAM or COMITY_LEGITIMATE, with Comity's own score times comity_weight.
sub check_comity {
    my ($self, $pms) = @_;
    my ($score, $symbols) = $self->_ask($pms);
    return 0 unless defined $score;
    my $name = $symbols =~ /\bCOMITY_SPAM\b/ ? 'COMITY_SPAM' : $symbols =~ /\bCOMITY_LEGITIMATE\b/ ? 'COMITY_LEGITIMATE' : undef;
    return 0 unless defined $name;
    my $weighted = sprintf('%.3f', $score * $pms->{conf}->{comity_weight});
    $weighted = -2 if $weighted < -2;
    $pms->{conf}->{scoreset}->[$pms->{conf}->get_score_set()]->{$name} = $weighted;
    $pms->got_hit($name, '', ruletype => 'eval', score => $weighted, description => "Comity: $symbols");
    return 0;
}

sub _ask {
    my ($self, $pms) = @_;
    my $conf = $pms->{conf};
    my $mail = $pms->get_message()->get_pristine();
    my $answer = '';
    my $is_told = eval {
        local $SIG{ALRM} = sub { die "timeout\n" };
        alarm($conf->{comity_timeout});
        my $socket = IO::Socket::IP->new(PeerAddr => $conf->{comity_server}, Timeout => $conf->{comity_timeout})
            or die "cannot connect: $@\n";
        print {$socket} "SYMBOLS SPAMC/1.5\r\nContent-length: " . length($mail) . "\r\n\r\n" . $mail or die "cannot send: $!\n";
        $socket->flush();
        local $/;
        $answer = <$socket>;
        close($socket);
        1;
    };
    my $error = $@;
    alarm(0);
    if (!$is_told || !defined $answer) {
        warn("comity: " . ($error || "no answer"));
        return;
    }
    return ($1, $2) if $answer =~ m{^Spam: \w+ ; (-?[\d.]+) / [\d.]+\r\n\r\n([A-Z_,]+)}m;
    info("comity: %s", substr($answer, 0, 80));
    return;
}

1;
