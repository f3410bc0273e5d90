#!/usr/bin/perl
# Reads every *.eml of a folder with Sisimai 4 and prints one JSON object: CPU seconds, and what was found in each file.
use strict;
use warnings;
use JSON::PP;
use Sisimai;

my $folder = shift or die "usage: $0 FOLDER\n";
opendir(my $handle, $folder) or die "$folder: $!\n";
my @names = sort grep { /\.eml\z/ } readdir $handle;
closedir $handle;

for my $name (grep { defined } @names[0 .. 19]) {    # loads what is loaded on first use
    eval { Sisimai->make("$folder/$name", 'delivered' => 1) };
}
my %found;
my @began = times;
for my $name (@names) {
    my $answers = eval { Sisimai->make("$folder/$name", 'delivered' => 1) } || [];
    next unless @$answers;
    my $first = $answers->[0];
    $found{$name} = {
        'source_ip'  => $first->rhost,
        'recipient'  => $first->recipient ? $first->recipient->address : undef,
        'message_id' => $first->messageid,
    };
}
my @ended = times;
print encode_json({
    'name'    => 'Sisimai',
    'version' => Sisimai->version,
    'seconds' => ($ended[0] + $ended[1]) - ($began[0] + $began[1]),
    'found'   => \%found,
});
